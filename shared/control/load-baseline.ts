import type { TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { createLoadBaseline, recordLoadBaselineStatement } from './doubt-statements.ts'

/**
 * Records on the source, before the changes of these tables are captured, what shows later that one of them was
 * truncated or rewritten: DMS carries no TRUNCATE from PostgreSQL (User Guide, PostgreSQL source, limitations).
 * `owner` is the task (ARN) or the slot that begins now: for the same one the first record stays, which is stricter,
 * unless `anew`. To be called before the start: what is truncated in between is then in doubt, not overlooked.
 */
export async function recordLoadBaseline(
  source: Session,
  options: {
    readonly migration: string
    readonly owner: string
    readonly tables: readonly TableName[]
    readonly anew?: boolean
  },
): Promise<void> {
  await source.query(createLoadBaseline)
  await source.query(recordLoadBaselineStatement, [
    options.migration,
    options.owner,
    options.tables.map(({ schema }) => schema),
    options.tables.map(({ table }) => table),
    options.anew === true,
  ])
}
