import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of a folder and everything in it, counted as `du -sb` does: folders count with their own size. */
export function folderSize(folder: string): number {
  return readdirSync(folder, { recursive: true }).reduce<number>(
    (sum, name) => sum + statSync(join(folder, name.toString())).size,
    statSync(folder).size,
  )
}
