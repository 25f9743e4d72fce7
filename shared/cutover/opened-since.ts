import * as z from 'zod'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import type { CutoverRun } from './decision.ts'
import { writeJournal } from './decision.ts'
import { readJournalDetailStatement } from './statements.ts'

const counters = z.object({ reset: z.string(), changes: z.record(z.string(), z.string()) })
const schemaOpened = z.object({ fingerprint: z.string() })

/**
 * What leaving a database without replication would lose: how many rows were changed there since it was opened in that
 * generation, as its statistics count, in words. They count no less than what was written, as long as nobody reset them.
 */
export async function writesSinceOpening(from: Session, plan: Plan, generation: bigint): Promise<string> {
  const before = counters.safeParse(await latestDetail(from, plan, generation, 'opened-counters'))
  if (!before.success) return uncounted('nothing was recorded when it opened')
  await from.query('select pg_stat_clear_snapshot()')
  const [row] = await from.query<{ now: string }>(
    'select aurora_migration.change_counters($1::json)::text as now',
    [JSON.stringify(plannedTables(plan))],
  )
  return lostWrites(before.data, counters.parse(JSON.parse(row?.now ?? 'null')))
}

/** The difference of two looks at the statistics, in words. Pure. */
export function lostWrites(before: z.infer<typeof counters>, now: z.infer<typeof counters>): string {
  if (before.reset !== now.reset) return uncounted('its statistics were reset since')
  let total = 0n
  for (const [table, changes] of Object.entries(now.changes)) {
    const since = BigInt(changes) - BigInt(before.changes[table] ?? '0')
    if (since < 0n) return uncounted('its statistics were lost in a crash since')
    total += since
  }
  return `at least ${total} row changes by the statistics would be lost`
}

function uncounted(why: string): string {
  return `the writes that would be lost could not be counted, since ${why}`
}

/** Keeps the schema of a database that was opened, made whole: a change of it would not be carried back. */
export async function recordOpenedSchema(
  to: Session,
  run: CutoverRun,
  generation: bigint,
  fingerprint: string,
): Promise<void> {
  await writeJournal(to, run, generation, 'opened-schema', { fingerprint })
}

/** That schema; undefined where it was not kept. */
export async function readOpenedSchema(
  from: Session,
  plan: Plan,
  generation: bigint,
): Promise<string | undefined> {
  const found = schemaOpened.safeParse(await latestDetail(from, plan, generation, 'opened-schema'))
  return found.success ? found.data.fingerprint : undefined
}

async function latestDetail(
  session: Session,
  { migration }: Plan,
  generation: bigint,
  event: string,
): Promise<unknown> {
  const [row] = await session.query<{ detail: string }>(readJournalDetailStatement, [
    migration,
    generation.toString(),
    event,
  ])
  return row === undefined ? undefined : JSON.parse(row.detail)
}
