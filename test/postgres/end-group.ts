import { renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { recordedProcesses } from './group-record.ts'
import type { ProcessIdentity } from './process-table.ts'
import { descendants, killNow, listProcesses, workingFolder } from './process-table.ts'
import type { ProcessRow } from './process-table.ts'
import { serverAccount } from './server-account.ts'
import type { ServerAccount } from './server-account.ts'
import { mappedSegmentFiles, removeSegmentFiles, removeSegments } from './shared-memory.ts'

/** Within this time every process must be gone; the folder follows in a fraction of a second. */
const killBudgetMs = 4_000

/**
 * Ends a group whose parent is gone or wants it gone: kills whatever works in its folder, the watched processes and their
 * descendants; removes shared memory, then the folder.
 * @param keepData stop after the processes and the shared memory, and rename the folder to `kept-…`
 * @throws Error when a process survives SIGKILL for some seconds; the folder then stays, for the next run to sweep
 */
export async function endGroup(folder: string, keepData: boolean): Promise<void> {
  const account = serverAccount()
  const killed = await killGroup(folder, account)
  removeSegmentFiles(killed.segmentFiles)
  const postmasters = recordedProcesses(folder, 'postmasters').map(({ pid }) => pid)
  await removeSegments(new Set([...postmasters, ...killed.pids]), account)
  if (keepData) {
    renameSync(folder, join(dirname(folder), basename(folder).replace(/^g-/, 'kept-')))
    return
  }
  // A new name first: a removal that is interrupted leaves something that is plainly rubbish, not half a group.
  const rubbish = join(dirname(folder), basename(folder).replace(/^g-/, 'old-'))
  renameSync(folder, rubbish)
  rmSync(rubbish, { recursive: true, force: true, maxRetries: 3 })
}

interface Killed {
  readonly pids: Set<number>
  /** POSIX shared memory that they held */
  readonly segmentFiles: Set<string>
}

async function killGroup(folder: string, account: ServerAccount): Promise<Killed> {
  const killed: Killed = { pids: new Set(), segmentFiles: new Set() }
  const deadline = Date.now() + killBudgetMs
  // Two empty looks, some time apart: a process that was being started at the first has its working folder by the second.
  for (let emptyLooks = 0; emptyLooks < 2;) {
    const found = processesOf(folder, account)
    const files = asAccount(account, () => found.flatMap(({ pid }) => mappedSegmentFiles(pid)))
    for (const file of files) killed.segmentFiles.add(file)
    for (const { pid } of found) {
      killNow(pid)
      killed.pids.add(pid)
    }
    if (found.length > 0 && Date.now() > deadline) {
      throw new Error(`Still running after SIGKILL: ${found.map(({ pid }) => pid).join(', ')} (of ${folder})`)
    }
    emptyLooks = found.length === 0 ? emptyLooks + 1 : 0
    if (emptyLooks < 2) await delay(20)
  }
  return killed
}

function processesOf(folder: string, account: ServerAccount): ProcessRow[] {
  const rows = listProcesses()
  const inFolder = (row: ProcessRow): boolean => workingFolder(row.pid)?.startsWith(folder + sep) ?? false
  const roots = new Set<number>()
  for (const row of rows.filter(inFolder)) roots.add(row.pid)
  for (const row of asAccount(account, () => rows.filter(inFolder))) roots.add(row.pid)
  const recorded = [...recordedProcesses(folder, 'watched'), ...recordedProcesses(folder, 'postmasters')]
  for (const row of rows) if (recorded.some((known) => isSame(known, row))) roots.add(row.pid)
  const all = [...rows.filter((row) => roots.has(row.pid)), ...descendants(roots, rows)]
  return all.filter((row) => row.pid !== process.pid)
}

function isSame(known: ProcessIdentity, row: ProcessRow): boolean {
  return known.pid === row.pid && known.startTime === row.startTime
}

/**
 * Does something as the servers' account. Root of a container (no CAP_SYS_PTRACE) may not see where other users' processes
 * work; those users may, as long as user and group both match. Synchronous only: the change holds for the whole process.
 */
function asAccount<T>(account: ServerAccount, action: () => T): T {
  if (process.getuid?.() !== 0) return action()
  const group = process.getegid?.() ?? 0
  process.setegid?.(account.gid)
  process.seteuid?.(account.uid)
  try {
    return action()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(group)
  }
}
