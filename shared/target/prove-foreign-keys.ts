import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError, type Problem } from '../runtime/errors.ts'
import { inTransaction, journal, type ChangeContext } from './database-change.ts'
import { readForeignKeySteps, type ForeignKeyStep } from './foreign-keys-back.ts'
import { foreignKeyKind, readForeignKeys, type ForeignKey } from './set-aside.ts'
import { forgetStateStatement, readForeignKeyProofStatement, readSavedStateStatement } from './statements.ts'

/** Orphans named in a report; all are counted. */
const named = 20

/** Looks that must show an orphan, each after a marker of its own, before it is believed. */
const looks = 3

export interface ForeignKeyProof {
  /** Foreign keys that were looked at; 0 where it was done before. */
  readonly proved: number
  /** One for each key with orphans; empty: every row has its parent. */
  readonly problems: readonly Problem[]
}

/**
 * Proves every foreign key of the planned tables: those put back as NOT VALID are validated, of the others, which PostgreSQL
 * takes for valid though nothing was checked while DMS wrote, the orphans are looked for. Only to be called after a marker
 * has come through every task: until then the tables are mutually inconsistent. Keys across tasks may miss a parent for a
 * moment even then, so `anotherMarker` is awaited before an orphan is believed. Done once for each load. `target` must be
 * a session without a limit of time for a statement: whole tables are read.
 */
export async function proveForeignKeys(
  target: Session,
  plan: Plan,
  context: ChangeContext,
  anotherMarker: () => Promise<void>,
): Promise<ForeignKeyProof> {
  const [former] = await target.query<{ proved: boolean }>(readForeignKeyProofStatement, [plan.migration])
  // Put back by the opening only where triggers are disabled one by one: their check would act on DMS's rows until then.
  const atOpening = plan.duringLoad['replica-role'] === 'disabled-triggers'
  const open = (await readForeignKeySteps(target, plan.migration)).filter(({ stage }) => stage !== 'add')
  if (former?.proved === true && (open.length === 0 || atOpening)) return { proved: 0, problems: [] }

  const saved = await savedKeys(target, plan.migration)
  const present = (await readForeignKeys(target, { tables: plannedTables(plan) })).filter(
    ({ valid }) => valid,
  )
  const failing = atOpening ? saved : await tryValidation(target, open, saved)
  let doubtful = [...failing, ...present]
  const count = saved.length + present.length
  const problems: Problem[] = []
  for (let look = 1; doubtful.length > 0; look += 1) {
    const found = await orphansOf(target, doubtful)
    problems.splice(0, problems.length, ...found.map(({ problem }) => problem))
    doubtful = found.map(({ key }) => key)
    if (doubtful.length === 0 || look === looks) break
    context.log.line(
      `${doubtful.length} foreign keys have rows without a parent; looking again after another marker`,
    )
    await anotherMarker()
  }
  if (problems.length > 0) return { proved: count, problems }
  if (!atOpening) await validateForeignKeys(target, plan.migration, context, anotherMarker)
  await inTransaction(target, { side: 'target', title: 'note that the foreign keys are proved' }, () =>
    journal(target, context, 'foreign-keys-proved', { foreignKeys: count }),
  )
  if (count > 0) context.log.line(`target: every row of ${count} foreign keys has its parent`)
  return { proved: count, problems: [] }
}

/**
 * Validates what was put back as NOT VALID and joins the keys of partitions; each is forgotten when it is as it was. Writers
 * go on meanwhile. Every step can be repeated. `target` as above. Throws `refused` where a row has no parent.
 */
export async function validateForeignKeys(
  target: Session,
  migration: string,
  context: ChangeContext,
  anotherMarker: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  for (const stage of ['validate', 'join'] as const) {
    // Read anew: a key can be joined when its leaves are valid.
    const steps = (await readForeignKeySteps(target, migration)).filter((step) => step.stage === stage)
    for (const step of steps) await runStep(target, step, anotherMarker)
  }
  const saved = await savedKeys(target, migration)
  if (saved.length === 0) return 0
  const title = `validate ${saved.length} foreign ${saved.length === 1 ? 'key' : 'keys'}`
  await inTransaction(target, { side: 'target', title }, async () => {
    await target.query(forgetStateStatement, [migration, foreignKeyKind, saved.map(({ object }) => object)])
    await journal(target, context, 'changed', { title })
  })
  context.log.line(`target: ${title}`)
  return saved.length
}

/** Validates what can be: one scan a key. Gives those of which a row has no parent, at least at this moment. */
async function tryValidation<Saved extends { readonly object: string }>(
  target: Session,
  open: readonly ForeignKeyStep[],
  saved: readonly Saved[],
): Promise<Saved[]> {
  const failed = new Set<string>()
  for (const { statement, object, stage } of open) {
    if (stage !== 'validate') continue
    try {
      await target.query(statement)
    } catch (error) {
      if (sqlState(error) !== '23503') throw error
      failed.add(object)
    }
  }
  return saved.filter(({ object }) => failed.has(object))
}

async function runStep(
  target: Session,
  { statement, object }: ForeignKeyStep,
  anotherMarker: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await target.query(statement)
      return
    } catch (cause) {
      // 23503: a parent that another task has not brought yet; 55P03: somebody holds a lock for a moment.
      const passing = ['23503', '55P03'].includes(sqlState(cause) ?? '')
      if (passing && attempt < looks) {
        await anotherMarker()
        continue
      }
      if (!passing) throw cause
      throw new MigrationError(
        'refused',
        `the foreign key ${object} cannot be validated: ${(cause as Error).message}`,
        {
          remedy:
            'Look at the row that PostgreSQL names on both sides, mend it on the target, then run again.',
          cause,
        },
      )
    }
  }
}

async function savedKeys(
  target: Session,
  migration: string,
): Promise<(ForeignKey & { readonly object: string })[]> {
  const rows = await target.query<{ object: string; definition: string }>(readSavedStateStatement, [
    migration,
    foreignKeyKind,
  ])
  return rows.map(({ object, definition }) => ({ ...(JSON.parse(definition) as ForeignKey), object }))
}

async function orphansOf(
  target: Session,
  keys: readonly ForeignKey[],
): Promise<{ key: ForeignKey; problem: Problem }[]> {
  const found: { key: ForeignKey; problem: Problem }[] = []
  for (const key of keys) {
    // A key that was not valid on the source promises nothing of the rows that were there.
    if (!key.valid) continue
    const [row] = await target.query<{ orphans: string; keys: string[] }>(
      'select orphans, keys from aurora_migration.orphans($1::jsonb, $2)',
      [JSON.stringify(key), named],
    )
    if (row === undefined || row.orphans === '0') continue
    found.push({ key, problem: orphanProblem(key, row.orphans, row.keys) })
  }
  return found
}

function orphanProblem(key: ForeignKey, count: string, keys: readonly string[]): Problem {
  const table = `${key.schema}.${key.table}`
  const rest = Number(count) > keys.length ? `, and ${Number(count) - keys.length} more` : ''
  return {
    field: `${table}.${key.name}`,
    message: `${count} ${count === '1' ? 'row' : 'rows'} of ${table} on the target have no parent in ${key.parent.schema}.${key.parent.table} (${key.name}): ${keys.join('; ')}${rest}`,
    remedy: `Look for those parents on the source: rows that are there are missing on the target (see awsdms_apply_exceptions; reload the table); rows that are not are orphans of the source, to be removed there. Then run again.`,
  }
}
