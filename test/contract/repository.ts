import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's folder, without a slash at the end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).slice(0, -1)

/** What npm, builds and rehearsals leave in a checkout; no part of the repository. */
const notOurs = new Set(['node_modules', '.git', '.build', '.stack', 'out'])

/** Files below a folder of the repository, as paths from its root with `/`, sorted. */
export function filesBelow(folder: string): string[] {
  const files: string[] = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (!notOurs.has(entry.name)) files.push(...filesBelow(path))
    } else files.push(path.split(sep).join('/'))
  }
  return files.sort()
}

/** The text of a file, by its path from the root of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** TypeScript of the product, without its tests. */
export function productSources(): string[] {
  return [...filesBelow('actions'), ...filesBelow('shared')].filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  )
}
