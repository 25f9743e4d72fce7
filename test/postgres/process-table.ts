import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** A process that cannot be confused with a later one of the same number. Start time: clock ticks since boot (proc(5), stat field 22). */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
}

export interface ProcessRow extends ProcessIdentity {
  readonly parentPid: number
}

/** Which kernel run and which process numbering an identity belongs to; in another one it means nothing. */
export interface Host {
  readonly bootId: string
  readonly pidNamespace: string
}

/** All processes that run now (zombies are left out: they hold nothing any more and cannot be ended). */
export function listProcesses(): ProcessRow[] {
  const rows: ProcessRow[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const row = readProcess(Number(entry))
    if (row !== undefined) rows.push(row)
  }
  return rows
}

/** The identity of a running process; undefined when there is none of that number. */
export function identify(pid: number): ProcessIdentity | undefined {
  const row = readProcess(pid)
  return row === undefined ? undefined : { pid, startTime: row.startTime }
}

export function isRunning(process: ProcessIdentity): boolean {
  return readProcess(process.pid)?.startTime === process.startTime
}

/** The given processes' children, grandchildren and so on, out of one listing. */
export function descendants(pids: Iterable<number>, rows: readonly ProcessRow[]): ProcessRow[] {
  const family = new Set(pids)
  const found: ProcessRow[] = []
  for (let grown = true; grown;) {
    grown = false
    for (const row of rows) {
      if (!family.has(row.parentPid) || family.has(row.pid)) continue
      family.add(row.pid)
      found.push(row)
      grown = true
    }
  }
  return found
}

/** The folder a process works in; undefined when it is gone or not ours to look at. A removed folder is named as it was. */
export function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '')
  } catch {
    return undefined
  }
}

/** Ends a process at once; one that has gone by itself, or that another user has since got the number of, is no error. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

export function thisHost(): Host {
  return {
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  }
}

function readProcess(pid: number): ProcessRow | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The command, in brackets, may itself contain blanks and brackets: count the fields from the last one.
  const [state, parentPid, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTime = rest[17]
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined
  return { pid, parentPid: Number(parentPid), startTime }
}
