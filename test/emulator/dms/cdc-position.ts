import { invalidValue } from '../protocol/aws-error.ts'

const lsn = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i

/**
 * The LSN of a CdcStartPosition, or `now`: a native LSN (`4AF/B00000D0`) or a checkpoint (`checkpoint:V1#34#00000132/0F000E48#…`).
 * Anything else is refused, times too: PostgreSQL cannot start from a time.
 */
export function readStartPosition(position: string): string {
  if (position === 'now') return position
  if (lsn.test(position)) return position.toUpperCase()
  const [kind, , checkpointLsn] = position.split('#')
  if (kind === 'checkpoint:V1' && checkpointLsn && lsn.test(checkpointLsn)) {
    return checkpointLsn
      .split('/')
      .map((half) => half.replace(/^0+(?=.)/, '').toUpperCase())
      .join('/')
  }
  throw invalidValue(`Invalid CdcStartPosition ${position}: expected an LSN or checkpoint:V1#…`)
}

/** Refuses a CdcStopPosition in any other form than the two that DMS knows. */
export function demandStopPosition(position: string): void {
  if (/^(server_time|commit_time):\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(position)) return
  throw invalidValue(`Invalid CdcStopPosition ${position}: expected server_time:… or commit_time:…`)
}

/** RecoveryCheckpoint as DMS writes it for PostgreSQL. */
export function recoveryCheckpoint(confirmedLsn: string): string {
  const halves = confirmedLsn.split('/').map((half) => half.padStart(8, '0').toUpperCase())
  return `checkpoint:V1#1#${halves.join('/')}#0#0#*#0#1`
}
