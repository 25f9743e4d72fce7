import { FatalTaskError } from './task-failure.ts'

/** Where CDC is to stop by itself (CdcStopPosition). */
export interface StopPosition {
  readonly kind: 'server_time' | 'commit_time'
  readonly atMs: number
  readonly reason: string
}

/** Reads `server_time:YYYY-MM-DDTHH:MM:SS` or `commit_time:…`, UTC. @throws FatalTaskError */
export function readStopPosition(text: string | undefined): StopPosition | null {
  if (text === undefined || text === '') return null
  const match = /^(server_time|commit_time):\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)$/.exec(text.trim())
  const atMs = match === null ? Number.NaN : Date.parse(`${match[2]}Z`)
  if (Number.isNaN(atMs)) throw new FatalTaskError(`CDC stop position '${text}' is invalid`)
  return match?.[1] === 'server_time'
    ? { kind: 'server_time', atMs, reason: 'Stop Reason STOPPED_AT_SERVER_TIME' }
    : { kind: 'commit_time', atMs, reason: 'Stop Reason STOPPED_AT_COMMIT_TIME' }
}
