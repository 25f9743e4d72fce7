import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { data } from '@actions/expressions'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'

/**
 * `hashFiles(pattern, …)`: SHA-256 over the SHA-256 of each matching file of the workspace; empty when none matches.
 * A pattern that begins with `!` takes files away. Source: actions/runner `Misc/expressionFunc/hashFiles`.
 */
export function hashFilesFunction(workspace: string): FunctionDefinition {
  return {
    name: 'hashFiles',
    minArgs: 1,
    maxArgs: 255,
    call: (...patterns) =>
      new data.StringData(
        hashFiles(
          workspace,
          patterns.map((one) => one.coerceString()),
        ),
      ),
  }
}

/** Files are taken in the order of their paths, so that the same tree always has the same hash. */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const lines = patterns.flatMap((pattern) => pattern.split('\n')).map((line) => line.trim())
  const files = new Set<string>()
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    const found = globSync(line.replace(/^!/, ''), { cwd: workspace }).map((path) => join(workspace, path))
    for (const file of found) {
      if (line.startsWith('!')) files.delete(file)
      else if (!relative(workspace, file).startsWith(`..${sep}`) && statSync(file).isFile()) files.add(file)
    }
  }
  if (files.size === 0) return ''
  const total = createHash('sha256')
  for (const file of [...files].sort()) total.update(createHash('sha256').update(readFileSync(file)).digest())
  return total.digest('hex')
}
