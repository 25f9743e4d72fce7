import { planSchemas } from '../migration/plan-schemas.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import { readFingerprintLines } from '../postgres/fingerprint.ts'
import type { Session } from '../postgres/session.ts'
import {
  createLoadBaseline,
  readSchemaLinesStatement,
  recordLoadBaselineStatement,
  recordSchemaLinesStatement,
} from './doubt-statements.ts'
import { hasDoubts } from './uncarried.ts'

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

/** Keeps what the plan's fingerprint was made of, where the source still has that fingerprint. */
export async function recordSchemaLines(source: Session, plan: Plan): Promise<void> {
  const { fingerprint, lines } = await readFingerprintLines(source, planSchemas(plan))
  if (fingerprint !== plan.sourceFingerprint) return
  await source.query(createLoadBaseline)
  await source.query(recordSchemaLinesStatement, [plan.migration, fingerprint, JSON.stringify(lines)])
}

/** What the plan's fingerprint was made of; undefined where it was not kept. */
export async function readSchemaLines(source: Session, plan: Plan): Promise<readonly string[] | undefined> {
  if (!(await hasDoubts(source))) return undefined
  const [row] = await source.query<{ lines: string }>(readSchemaLinesStatement, [
    plan.migration,
    plan.sourceFingerprint,
  ])
  return row === undefined ? undefined : (JSON.parse(row.lines) as string[])
}
