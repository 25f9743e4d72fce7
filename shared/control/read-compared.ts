import { qualified } from '../migration/identifier.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { readComparedTables } from './comparison-store.ts'
import { readLoadTimesStatement } from './doubt-statements.ts'
import type { ComparedEqual } from './judge-uncarried.ts'
import { hasDoubts } from './uncarried.ts'

/** What verify-data found last of the plan's tables. */
export interface Compared {
  readonly equal: ComparedEqual
  /** Tables whose rows differed, and that were not loaded anew since. */
  readonly different: readonly TableName[]
}

/** Reads what the last finished comparisons found; both empty where nothing was compared. */
export async function readCompared(source: Session, plan: Plan, planDigest: string): Promise<Compared> {
  const states = await readComparedTables(source, plan.migration, planDigest)
  const found = [...states]
  const equal = new Map(
    found.flatMap(([name, state]) => (state.found === 'equal' ? [[name, state.startedAt] as const] : [])),
  )
  const differed = plannedTables(plan).filter(
    ({ schema, table }) => states.get(qualified(schema, table))?.found === 'different',
  )
  if (differed.length === 0) return { equal, different: [] }
  const loaded = await loadTimes(source, plan.migration, differed)
  const different = differed.filter(({ schema, table }) => {
    const name = qualified(schema, table)
    return (states.get(name)?.startedAt ?? 0) > (loaded.get(name) ?? 0)
  })
  return { equal, different }
}

async function loadTimes(
  source: Session,
  migration: string,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, number>> {
  if (!(await hasDoubts(source))) return new Map()
  const rows = await source.query<TableName & { recordedAt: number }>(readLoadTimesStatement, [
    migration,
    tables.map(({ schema }) => schema),
    tables.map(({ table }) => table),
  ])
  return new Map(rows.map(({ schema, table, recordedAt }) => [qualified(schema, table), recordedAt]))
}
