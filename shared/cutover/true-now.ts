import type { DatabaseName } from '../migration/direction.ts'
import type { Session } from '../postgres/session.ts'
import { readDecision } from './decision.ts'
import type { Decision } from './phase.ts'

/** The deciding row of one database, as it is after a run has failed; `silent` where the database could not be asked. */
export type RowNow = Decision | 'none' | 'silent'

export interface TrueNow {
  readonly source: RowNow
  readonly target: RowNow
}

/** How long each database may take to answer: a cancelled run has seconds. */
const answerMs = 1500

/** Asks both databases in sessions of their own, side by side. Never throws. */
export async function readTrueNow(
  open: Readonly<Record<DatabaseName, (signal: AbortSignal) => Promise<Session>>>,
  migration: string,
): Promise<TrueNow> {
  const ask = async (database: DatabaseName): Promise<RowNow> => {
    try {
      const session = await open[database](AbortSignal.timeout(answerMs))
      try {
        return (await readDecision(session, migration)) ?? 'none'
      } finally {
        await session.close()
      }
    } catch {
      // Why does not matter here: nothing is known of it. The failure that ended the run is told by the run.
      return 'silent'
    }
  }
  const [source, target] = await Promise.all([ask('source'), ask('target')])
  return { source, target }
}

/** What is true of a database by its row: `open` to writers, `closed`, `returning` (PostgreSQL takes a pause back), or not known. */
type Standing = 'open' | 'closed' | 'returning' | 'unknown'

function standingOf(database: DatabaseName, row: RowNow): Standing {
  if (row === 'silent') return 'unknown'
  if (row === 'none' || !row.ours) return database === 'source' ? 'open' : 'unknown'
  switch (row.phase) {
    case 'committed':
    case 'guarded':
      return 'closed'
    case 'opened':
    case 'aborted':
      return 'open'
    case 'paused':
    case 'fenced':
      return 'returning'
  }
}

/** Both databases in words, after a run that failed or was cancelled, and what to do. Verdict first. Pure. */
export function trueNowText(now: TrueNow): string {
  const source = standingOf('source', now.source)
  const target = standingOf('target', now.target)
  return [
    '### What is true of both databases',
    `**${verdict(source, target)}**`,
    `- **Source:** ${words('source', source, now.source)}\n- **Target:** ${words('target', target, now.target)}`,
  ].join('\n\n')
}

function verdict(source: Standing, target: Standing): string {
  if (source === 'unknown' || target === 'unknown')
    return 'Not everything could be asked: touch nothing by hand, and run the job again when both databases answer.'
  if (source === 'closed' && target === 'closed')
    return 'Nobody can write now. Run the job again at once, with the same inputs: it goes forward from here.'
  if (source !== 'closed' && target !== 'closed')
    return 'The rows of both databases say that they are open, which must not be: touch nothing, and read aurora_migration.journal on both sides.'
  const open = source === 'closed' ? 'target' : 'source'
  const returning = source === 'returning' || target === 'returning'
  return returning
    ? `The ${open} is the database; PostgreSQL takes its pause back within seconds, with nobody's help.`
    : `The ${open} is the database and takes writes.`
}

function words(database: DatabaseName, standing: Standing, row: RowNow): string {
  if (row === 'silent') return 'could not be asked; nothing is known of it.'
  if (row === 'none')
    return database === 'source'
      ? 'open; no cutover has begun.'
      : 'has no row of this migration: it was not prepared, or is another server.'
  if (!row.ours)
    return 'its row was written by another server: this is a copy, and the row says nothing of it.'
  const who = `generation ${row.generation}, run ${row.runId} attempt ${row.attempt}`
  const said: Readonly<Record<Standing, string>> = {
    open:
      row.phase === 'aborted'
        ? `open, as before: what was begun was taken back (${who}).`
        : `open: it was entered (${who}).`,
    closed:
      row.phase === 'guarded'
        ? 'closed to everybody but DMS and the migration, as before.'
        : `closed to every writer: it was left (${who}).`,
    returning: `was paused by ${who}, and is given back.`,
    unknown: 'nothing is known of it.',
  }
  return said[standing]
}
