import { readFileSync, readdirSync } from 'node:fs'
import { signalProcess } from './process-tree.ts'

/**
 * Ends what a job left running, as the runner does: processes are known by the RUNNER_TRACKING_ID that they inherited.
 * `trackingId` is a prefix. Returns the ended processes' ids. Linux only: elsewhere it finds nothing.
 */
export function endOrphans(trackingId: string): number[] {
  return findOrphans(trackingId).filter((pid) => signalProcess(pid, 'SIGKILL'))
}

function findOrphans(trackingId: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => environmentOf(pid).includes(`\0RUNNER_TRACKING_ID=${trackingId}`))
    .map(Number)
}

/** A process's environment as it was started, or nothing where it is gone or not ours to read. */
function environmentOf(pid: string): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`
  } catch {
    return ''
  }
}
