import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { endGroup } from './end-group.ts'
import { isAbandoned } from './group-record.ts'

/** A group is being made under this age; after it, its maker died. */
const makingMs = 60_000

/**
 * Ends what earlier runs left behind: groups that lost parent and supervisor, and folders half made or half removed.
 * Groups of runs that live, and data kept on purpose, are not touched.
 * @param groups the folder of all groups
 * @param interrupted asked between two groups: true ends the sweep early
 * @returns one line for each that could not be removed
 */
export async function sweepGroups(groups: string, interrupted: () => boolean): Promise<string[]> {
  const problems: string[] = []
  for (const name of readdirSync(groups)) {
    if (interrupted()) break
    const folder = join(groups, name)
    try {
      if (name.startsWith('g-') && isAbandoned(folder)) await endGroup(folder, false)
      if (name.startsWith('old-') || (name.startsWith('new-') && age(folder) > makingMs)) {
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
      }
    } catch (error) {
      // Another run may be sweeping, too, and have been first.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(`${folder}: ${String(error)}`)
    }
  }
  return problems
}

function age(folder: string): number {
  return Date.now() - statSync(folder).mtimeMs
}
