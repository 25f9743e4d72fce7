import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import * as core from '@actions/core'

/** Files of the checkout as git knows them (tracked, or new and not ignored); outside git everything but packages. */
function listFiles(checkout: string): string[] {
  try {
    const listed = execFileSync(
      'git',
      ['-C', checkout, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      {
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    return listed.split('\0').filter((path) => path !== '')
  } catch {
    return readdirSync(checkout, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !path.split('/').includes('node_modules') && !lstatSync(join(checkout, path)).isDirectory(),
    )
  }
}

/** As fetching a private repository does, this needs `contents: read`. */
async function checkPermission(repository: string): Promise<void> {
  const answer = await fetch(
    `${process.env['GITHUB_API_URL'] ?? ''}/repos/${repository}/contents/README.md`,
    {
      headers: { authorization: `bearer ${core.getInput('token')}` },
    },
  )
  if (answer.status === 401 || answer.status === 403) {
    throw new Error(`the job's token may not read ${repository}: it needs permissions: contents: read`)
  }
}

async function checkOut(): Promise<void> {
  const checkout = process.env['LOCAL_RUNNER_CHECKOUT']
  const workspace = process.env['GITHUB_WORKSPACE']
  if (checkout === undefined || workspace === undefined)
    throw new Error('this stand-in needs the local runner')
  const repository = core.getInput('repository')
  if (repository !== process.env['GITHUB_REPOSITORY'])
    throw new Error(`${repository} cannot be checked out here`)
  await checkPermission(repository)
  const target = resolve(workspace, core.getInput('path'))
  const below = relative(workspace, target)
  if (below.startsWith('..') || isAbsolute(below)) throw new Error(`path ${target} is not under ${workspace}`)
  const ref = core.getInput('ref')
  if (ref !== '') core.info(`The files are those of ${checkout}, whatever ${ref} is.`)
  let copied = 0
  for (const path of listFiles(checkout)) {
    const from = join(checkout, path)
    // A deleted file that is still in git's index.
    if (!existsSync(from)) continue
    mkdirSync(dirname(join(target, path)), { recursive: true })
    cpSync(from, join(target, path), { recursive: true })
    copied += 1
  }
  core.info(`Copied ${copied} files from ${checkout}`)
  const overlay = process.env['LOCAL_RUNNER_OVERLAY'] ?? ''
  if (overlay !== '') {
    cpSync(overlay, target, { recursive: true })
    core.info(`Laid the files of ${overlay} over them`)
  }
  core.setOutput('ref', ref === '' ? process.env['GITHUB_REF'] : ref)
  core.setOutput('commit', process.env['GITHUB_SHA'])
}

try {
  await checkOut()
} catch (error) {
  core.setFailed(error instanceof Error ? error.message : String(error))
}
