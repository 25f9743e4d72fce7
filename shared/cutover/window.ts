import type { Direction } from '../migration/direction.ts'
import type { CutoverWindow } from '../migration/window-schema.ts'
import type { Session } from '../postgres/session.ts'
import { refuseProblems, type Problem } from '../runtime/errors.ts'

/** May a cutover begin at this moment, in ms since the epoch by the database's clock? Pure. */
export function judgeWindow(window: CutoverWindow | null, nowMs: number): Problem[] {
  if (window === null) return []
  const problems: Problem[] = []
  const now = new Date(nowMs).toISOString()
  const refuse = (field: string, message: string, remedy: string) =>
    problems.push({ field: `cutover.window.${field}`, message, remedy })
  const { 'not-before': after, 'not-after': before, daily, zone } = window
  if (after !== undefined && nowMs < Date.parse(after))
    refuse(
      'not-before',
      `it is ${now} by the database’s clock: the window opens at ${after}`,
      'Start the run again then; an approval must be given for that run.',
    )
  if (before !== undefined && nowMs > Date.parse(before))
    refuse(
      'not-after',
      `it is ${now} by the database’s clock: the window closed at ${before}`,
      'Agree on another window, write it into the migration file, and have the new plan approved.',
    )
  if (daily !== undefined && zone !== undefined) {
    const [from = '', to = ''] = daily.split('-')
    const time = timeOfDay(nowMs, zone)
    // The end is outside: a window until 04:00 has no cutover that begins at four.
    const inside = from < to ? from <= time && time < to : from <= time || time < to
    if (!inside)
      refuse(
        'daily',
        `it is ${time} in ${zone} by the database’s clock: the window is from ${from} to ${to}`,
        `Start the run again between ${from} and ${to}.`,
      )
  }
  return problems
}

/**
 * Refuses outside of the window, by the clock of the database that is asked. A fall-back has none: nobody waits until two in
 * the morning to leave a database that does not work.
 */
export async function refuseOutsideWindow(
  session: Session,
  direction: Direction,
  window: CutoverWindow | null,
): Promise<void> {
  if (window === null || direction === 'back') return
  refuseProblems('refused', judgeWindow(window, await readDatabaseClock(session)))
}

/** Milliseconds since the epoch by the clock of the database. */
async function readDatabaseClock(session: Session): Promise<number> {
  const [row] = await session.query<{ now: number }>(
    'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  )
  if (row === undefined) throw new Error('the database has no clock')
  return row.now
}

/** `HH:MM` in a zone, with its daylight saving time. */
function timeOfDay(ms: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(ms)
}
