import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ServerAccount } from './server-account.ts'

/**
 * The folder that holds all embedded servers of this user, made when it is not there: `binaries` and `templates` are kept
 * between runs, `groups` holds what runs now, `volumes` data that outlives a run (each folder as long as its owner). It lies under the system's temporary folder because the clone may be in a
 * home that the servers' account cannot enter. Only its owner can write to it, so nothing below it can be planted;
 * one that somebody else owns, or a link, is refused.
 */
export function openServersFolder(account: ServerAccount): string {
  const uid = process.getuid?.() ?? account.uid
  const folder = join(temporaryFolder(account), `aurora-migration-servers-${uid}`)
  makePrivateFolder(folder, uid, 0o711)
  makePrivateFolder(join(folder, 'binaries'), uid, 0o711)
  makePrivateFolder(join(folder, 'templates'), uid, 0o700)
  makePrivateFolder(join(folder, 'volumes'), uid, 0o711)
  const groups = join(folder, 'groups')
  if (makePrivateFolder(groups, uid, 0o711)) spreadOverDisk(groups)
  return folder
}

/** @returns whether it is new */
function makePrivateFolder(folder: string, uid: number, mode: number): boolean {
  let isNew = false
  try {
    mkdirSync(folder, { mode })
    isNew = true
    chmodSync(folder, mode) // whatever the umask is
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(
      `${folder} must be a folder that user id ${uid} owns and that nobody else can write to. Remove it, or set TMPDIR to another folder.`,
    )
  }
  return isNew
}

/**
 * Asks ext4 to give each folder in this one another part of the disk (chattr(1), attribute T). Without a journal ext4 steps over
 * every inode that was deleted in the last minute, so that runs one after another in the same part get ten times slower:
 * two data folders were copied in 1,250 ms, spread out in 125 ms. Where it cannot be had, servers start slower, that is all.
 */
function spreadOverDisk(folder: string): void {
  spawnSync('chattr', ['+T', folder], { stdio: 'ignore' })
}

/** The system's temporary folder as processes see it in /proc (links resolved); /tmp when the account cannot reach the one that is set. */
function temporaryFolder(account: ServerAccount): string {
  const candidates = [tmpdir(), '/tmp'].map((folder) => realpathSync(folder))
  const reachable = candidates.find((folder) => canEnter(account, folder))
  if (reachable === undefined) {
    throw new Error(
      `User id ${account.uid}, which runs the servers, can enter neither of ${candidates.join(' and ')}.`,
    )
  }
  return reachable
}

function canEnter(account: ServerAccount, folder: string): boolean {
  const { uid, gid, mode } = statSync(folder)
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
  return (mode & bit) !== 0 && (folder === '/' || canEnter(account, dirname(folder)))
}
