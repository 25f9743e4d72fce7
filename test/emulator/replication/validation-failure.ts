import type { Client } from 'pg'
import { controlTable } from './control-tables.ts'
import type { TableProgress } from './table-state.ts'
import type { TaskContext } from './task-context.ts'
import type { ValidationQueries } from './validation-sql.ts'

const KEY_LENGTH = 7800
const DETAILS_LENGTH = 7000

interface DetailRow {
  key: string[]
  columns: Record<string, string | null>
}

/** A row that differs for good. */
export interface ValidationFailure {
  readonly key: readonly string[]
  readonly type: 'RECORD_DIFF' | 'MISSING_SOURCE' | 'MISSING_TARGET'
}

/** Writes failures to awsdms_validation_failures_v2, the pairs of values that differ as details. */
export async function recordFailures(
  context: TaskContext,
  progress: TableProgress,
  queries: ValidationQueries,
  failures: readonly ValidationFailure[],
  sessions: { readonly source: Client; readonly target: Client },
): Promise<void> {
  const keys = failures.map((failure) => failure.key)
  const read = async (side: 'source' | 'target'): Promise<Map<string, DetailRow['columns']>> => {
    const { rows } = await sessions[side].query<DetailRow>(queries.details(side, keys))
    return new Map(rows.map((row) => [JSON.stringify(row.key), row.columns]))
  }
  const [source, target] = await Promise.all([read('source'), read('target')])
  const { targetSchema, targetTable } = progress.route.selected
  for (const failure of failures) {
    const id = JSON.stringify(failure.key)
    await sessions.target.query(
      `INSERT INTO ${controlTable(context.settings, 'awsdms_validation_failures_v2')}
         ("TASK_NAME", "TABLE_OWNER", "TABLE_NAME", "FAILURE_TIME", "KEY_TYPE", "KEY", "FAILURE_TYPE", "DETAILS")
       VALUES ($1, $2, $3, clock_timestamp() AT TIME ZONE 'UTC', 'Row', $4, $5, $6)`,
      [
        context.job.externalId,
        targetSchema,
        targetTable,
        JSON.stringify({ key: failure.key }).slice(0, KEY_LENGTH),
        failure.type,
        JSON.stringify(differingPairs(source.get(id), target.get(id))).slice(0, DETAILS_LENGTH),
      ],
    )
  }
}

function differingPairs(
  source: DetailRow['columns'] | undefined,
  target: DetailRow['columns'] | undefined,
): Record<string, string | null>[][] {
  if (source === undefined || target === undefined) return []
  return Object.entries(source)
    .filter(([name, value]) => target[name] !== value)
    .map(([name, value]) => [{ [name]: value }, { [name]: target[name] ?? null }])
}
