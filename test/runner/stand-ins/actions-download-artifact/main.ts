import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as core from '@actions/core'

function download(): void {
  const artifacts = process.env['LOCAL_RUNNER_ARTIFACTS']
  const workspace = process.env['GITHUB_WORKSPACE']
  if (artifacts === undefined || workspace === undefined)
    throw new Error('this stand-in needs the local runner')
  const target = resolve(workspace, core.getInput('path'))
  const name = core.getInput('name')
  mkdirSync(target, { recursive: true })
  if (name === '') {
    for (const one of readdirSync(artifacts))
      cpSync(join(artifacts, one), join(target, one), { recursive: true })
  } else {
    if (!existsSync(join(artifacts, name))) throw new Error(`Artifact not found for name: ${name}`)
    cpSync(join(artifacts, name), target, { recursive: true })
  }
  core.info(`Downloaded ${name === '' ? 'every artifact' : name} to ${target}`)
  core.setOutput('download-path', target)
}

try {
  download()
} catch (error) {
  core.setFailed(error instanceof Error ? error.message : String(error))
}
