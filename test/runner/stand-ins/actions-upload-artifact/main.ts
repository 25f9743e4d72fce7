import { cpSync, existsSync, globSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import * as core from '@actions/core'

/** Every file that the patterns name; a folder stands for all files below it. */
function findFiles(patterns: readonly string[], workspace: string, hidden: boolean): string[] {
  const files = new Set<string>()
  for (const pattern of patterns) {
    const excluded = pattern.startsWith('!')
    for (const match of globSync(excluded ? pattern.slice(1) : pattern, { cwd: workspace })) {
      for (const file of filesBelow(resolve(workspace, match))) {
        if (excluded) files.delete(file)
        else if (
          hidden ||
          !relative(workspace, file)
            .split(sep)
            .some((part) => /^\.[^.]/.test(part))
        )
          files.add(file)
      }
    }
  }
  return [...files].sort()
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The longest folder that all files share: paths in the artifact are relative to it, as upload-artifact does. */
function commonFolder(files: readonly string[]): string {
  let common = dirname(files[0] ?? '')
  for (const file of files)
    while (!`${dirname(file)}${sep}`.startsWith(`${common}${sep}`)) common = dirname(common)
  return common
}

function upload(): void {
  const artifacts = process.env['LOCAL_RUNNER_ARTIFACTS']
  const workspace = process.env['GITHUB_WORKSPACE']
  if (artifacts === undefined || workspace === undefined)
    throw new Error('this stand-in needs the local runner')
  const name = core.getInput('name')
  if (name === '' || /["':<>|*?\r\n\\/]/.test(name))
    throw new Error(`the artifact name '${name}' is not valid`)
  const files = findFiles(
    core.getMultilineInput('path', { required: true }),
    workspace,
    core.getBooleanInput('include-hidden-files'),
  )
  if (files.length === 0) {
    const message = `No files were found with the provided path: ${core.getInput('path')}.`
    const wanted = core.getInput('if-no-files-found')
    if (wanted === 'error') throw new Error(message)
    if (wanted === 'ignore') core.info(message)
    else core.warning(message)
    return
  }
  const target = join(artifacts, name)
  if (existsSync(target)) {
    if (!core.getBooleanInput('overwrite'))
      throw new Error(`an artifact with the name ${name} already exists in this run`)
    rmSync(target, { recursive: true })
  }
  const root = commonFolder(files)
  for (const file of files) {
    const to = join(target, relative(root, file))
    mkdirSync(dirname(to), { recursive: true })
    cpSync(file, to)
  }
  core.info(`Artifact ${name} holds ${files.length} files: ${target}`)
  core.setOutput('artifact-id', name)
}

try {
  upload()
} catch (error) {
  core.setFailed(error instanceof Error ? error.message : String(error))
}
