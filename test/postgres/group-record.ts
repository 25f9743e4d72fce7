import { mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning, thisHost } from './process-table.ts'
import type { Host, ProcessIdentity } from './process-table.ts'

/**
 * What is known of a group is kept in files of its folder, written before it is relied on: the supervisor reads them when
 * the parent has died, and a later run reads them when both have.
 */
interface Owner extends Host {
  readonly parent: ProcessIdentity
}

/** Processes of a group: its postmasters, and others that end with it. Each is an empty file `<pid>-<start time>`. */
export type ProcessKind = 'postmasters' | 'watched'

/** How long a group of another process numbering (a container) may show no sign of life before it counts as dead. */
const silenceMs = 3_600_000

/** Makes the record of a new group, owned by the given process. */
export function createRecord(folder: string, parent: ProcessIdentity): void {
  mkdirSync(join(folder, 'postmasters'))
  mkdirSync(join(folder, 'watched'))
  const owner: Owner = { ...thisHost(), parent }
  writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner))
}

export function recordSupervisor(folder: string, supervisor: ProcessIdentity): void {
  writeFileSync(join(folder, 'supervisor.json'), JSON.stringify(supervisor))
}

export function recordProcess(folder: string, kind: ProcessKind, process: ProcessIdentity): void {
  writeFileSync(join(folder, kind, `${process.pid}-${process.startTime}`), '')
}

/** Recorded processes of a kind, running or not. Those of an earlier boot or of another process numbering are left out. */
export function recordedProcesses(folder: string, kind: ProcessKind): ProcessIdentity[] {
  const owner = readOwner(folder)
  if (owner === undefined || !isOfThisHost(owner)) return []
  return readdirSync(join(folder, kind)).map((name) => {
    const [pid, startTime] = name.split('-')
    return { pid: Number(pid), startTime: startTime ?? '' }
  })
}

/** Shows other containers that share the temporary folder that this group lives. */
export function showLife(folder: string): void {
  const now = new Date()
  utimesSync(join(folder, 'owner.json'), now, now)
}

/** Whether a group has lost both its parent and its supervisor. In doubt it has not. */
export function isAbandoned(folder: string): boolean {
  const owner = readOwner(folder)
  if (owner === undefined) return false
  const here = thisHost()
  if (owner.bootId !== here.bootId) return true
  if (owner.pidNamespace !== here.pidNamespace) {
    return Date.now() - statSync(join(folder, 'owner.json')).mtimeMs > silenceMs
  }
  const supervisor = readJson(folder, 'supervisor.json') as ProcessIdentity | undefined
  return !isRunning(owner.parent) && (supervisor === undefined || !isRunning(supervisor))
}

function isOfThisHost(owner: Owner): boolean {
  const here = thisHost()
  return owner.bootId === here.bootId && owner.pidNamespace === here.pidNamespace
}

function readOwner(folder: string): Owner | undefined {
  return readJson(folder, 'owner.json') as Owner | undefined
}

function readJson(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'))
  } catch {
    return undefined // not written yet, or being removed
  }
}
