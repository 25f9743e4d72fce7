import { existsSync, readFileSync } from 'node:fs'
import {
  descendants,
  identify,
  isRunning,
  listProcesses,
  workingFolder,
  type ProcessIdentity,
} from '../postgres/process-table.ts'
import { listSegments } from '../postgres/shared-memory.ts'

/** Everything that a rehearsal has started and made outside of its report's folder. */
export interface RehearsalTraces {
  readonly processes: readonly ProcessIdentity[]
  /** Ids of System V shared memory. */
  readonly segments: readonly number[]
  /** Where its servers' data lies. */
  readonly serversFolder: string
}

/** One process below a rehearsal, for whoever looks for a certain one. */
export interface RehearsalProcess extends ProcessIdentity {
  readonly command: readonly string[]
}

/** The processes below `pid`, itself not included. */
export function processesBelow(pid: number): RehearsalProcess[] {
  return descendants([pid], listProcesses()).map((row) => ({
    pid: row.pid,
    startTime: row.startTime,
    command: readProc(row.pid, 'cmdline'),
  }))
}

/** What belongs to the rehearsal with this process id at this moment; servers of its own must be running. */
export function tracesOf(pid: number): RehearsalTraces {
  const below = processesBelow(pid)
  const pids = new Set(below.map((one) => one.pid))
  const supervisor = below.find(({ command }) => command[1]?.endsWith('/postgres/supervisor.ts'))
  const serversFolder = supervisor?.command[2]
  if (serversFolder === undefined) throw new Error('the rehearsal has no supervisor')
  return {
    processes: [...below, ...[identify(pid)].filter((found) => found !== undefined)],
    segments: listSegments()
      .filter(({ creatorPid }) => pids.has(creatorPid))
      .map(({ id }) => id),
    serversFolder,
  }
}

/**
 * What is left of it now: its processes, any process that works in, was called with or has in its environment one of
 * its folders, shared memory, data folders. Empty when everything is gone.
 */
export function leftOf(traces: RehearsalTraces, out: string): string[] {
  const folders = [traces.serversFolder, out]
  const mentions = ({ pid }: ProcessIdentity): boolean =>
    pid !== process.pid &&
    [workingFolder(pid) ?? '', ...readProc(pid, 'cmdline'), ...readProc(pid, 'environ')].some((text) =>
      folders.some((folder) => text.includes(folder)),
    )
  const processes = new Set(
    [...traces.processes.filter(isRunning), ...listProcesses().filter(mentions)].map(({ pid }) => pid),
  )
  return [
    ...[...processes].map((pid) => `process ${pid}: ${readProc(pid, 'cmdline').join(' ')}`),
    ...listSegments()
      .filter(({ id }) => traces.segments.includes(id))
      .map(({ id }) => `shared memory ${id}`),
    ...(existsSync(traces.serversFolder) ? [traces.serversFolder] : []),
  ]
}

/** A file of /proc that is a list of words; empty where the process is gone or not ours to look at. */
export function readProc(pid: number, name: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0')
  } catch {
    return []
  }
}
