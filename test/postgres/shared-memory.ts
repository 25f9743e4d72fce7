import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { identify } from './process-table.ts'
import { runProgram } from './run-program.ts'
import { spawnIdentity } from './server-account.ts'
import type { ServerAccount } from './server-account.ts'

/** A System V segment, as /proc/sysvipc/shm lists it (proc(5)). */
export interface SharedMemorySegment {
  readonly id: number
  readonly creatorPid: number
  readonly attached: number
  readonly uid: number
}

/** All System V segments of this machine (or container). */
export function listSegments(): SharedMemorySegment[] {
  const [, ...lines] = readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [, id, , , creatorPid, , attached, uid] = line.trim().split(/\s+/).map(Number)
    return { id: id ?? 0, creatorPid: creatorPid ?? 0, attached: attached ?? 0, uid: uid ?? 0 }
  })
}

/**
 * The POSIX segments (files of /dev/shm) that a process has mapped. Our servers use none, but initdb's short-lived ones do
 * before there is a configuration that says so. Empty when the process is gone or not ours to look at.
 */
export function mappedSegmentFiles(pid: number): string[] {
  try {
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
    return [...new Set(maps.match(/\/dev\/shm\/PostgreSQL\.\d+/g))]
  } catch {
    return []
  }
}

/** Removes POSIX segments of processes that are dead. */
export function removeSegmentFiles(files: Iterable<string>): void {
  for (const file of files) rmSync(file, { force: true })
}

/**
 * Removes the segments that the given dead postmasters made (one each: PostgreSQL's interlock, which stays behind after a
 * SIGKILL).
 * @throws Error when somebody is still attached to one: then a process of theirs lives that was not found
 */
export async function removeSegments(
  postmasters: ReadonlySet<number>,
  account: ServerAccount,
): Promise<void> {
  // A creator that runs is not one of them: their number came round again.
  const isTheirs = ({ uid, creatorPid }: SharedMemorySegment): boolean =>
    uid === account.uid && postmasters.has(creatorPid) && identify(creatorPid) === undefined
  const mine = (): SharedMemorySegment[] => listSegments().filter(isTheirs)
  // The kernel detaches a killed process a moment after it has left the process table.
  for (let tries = 0; tries < 20 && mine().some((segment) => segment.attached > 0); tries += 1)
    await delay(10)
  const left = mine()
  const held = left.filter((segment) => segment.attached > 0).map(({ id }) => id)
  if (held.length > 0)
    throw new Error(`Shared memory ${held.join(', ')} is still in use by a process that was not found`)
  if (left.length === 0) return
  // Under the owner's account: root of a container may lack the right to remove other users' segments.
  await runProgram(
    'ipcrm',
    left.flatMap(({ id }) => ['-m', String(id)]),
    { cwd: '/', ...spawnIdentity(account) },
  )
}
