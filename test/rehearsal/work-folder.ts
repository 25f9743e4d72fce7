import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Says that a folder is a rehearsal's own, so that the next one may remove it. */
const mark = '.made-by-a-rehearsal'

/**
 * An empty folder `work` in `out` for ledger, logs and the emulator's state; one of an earlier rehearsal is removed.
 * Only its owner can look into it, for passwords lie there. Throws where the folder is somebody else's.
 */
export function makeWorkFolder(out: string): string {
  const folder = join(out, 'work')
  if (existsSync(folder)) {
    if (!existsSync(join(folder, mark)))
      throw new Error(`${folder} is no rehearsal's folder and stays as it is: choose another --out`)
    rmSync(folder, { recursive: true })
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, mark), '')
  return folder
}
