import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The Node that runs `using: node24` actions: the one pinned in this repository, else the running one if it is new
 * enough. Throws when neither is Node 24 or later.
 */
export function nodeForActions(): string {
  const pinned = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  throw new Error(
    `actions need Node 24 or later; found ${process.version} at ${process.execPath}: run npm ci`,
  )
}
