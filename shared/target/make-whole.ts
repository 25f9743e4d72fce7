import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import type { Problem } from '../runtime/errors.ts'
import { readForeignKeySteps } from './foreign-keys-back.ts'
import { readForeignKeys, triggersChange } from './set-aside.ts'

/** What the opening put back. */
export interface MadeWhole {
  readonly notNulls: number
  readonly foreignKeys: number
  readonly triggers: number
  readonly replicaRole: boolean
}

/**
 * In the caller's opening transaction, one round trip: NOT NULL as `CHECK … NOT VALID`, foreign keys that are still away as
 * NOT VALID, triggers with the very letter that they had, sessions as ordinary ones.
 */
export async function makeWhole(target: Session, migration: string): Promise<MadeWhole> {
  const [row] = await target.query<{ made: string }>('select aurora_migration.make_whole($1)::text as made', [
    migration,
  ])
  return JSON.parse(row?.made ?? '{}') as MadeWhole
}

/**
 * Before the commit point: what would keep the opening from putting everything back, keys that nobody has validated yet,
 * and triggers (and foreign keys, where no replica mode rests them) that would act on DMS's rows all the same.
 */
export async function setAsideProblems(target: Session, plan: Plan): Promise<Problem[]> {
  const [row] = await target.query<{ lines: string[] }>('select aurora_migration.unrestorable($1) as lines', [
    plan.migration,
  ])
  const lines = row?.lines ?? []
  const problems: Problem[] = lines.map((message) => ({
    field: 'target',
    message,
    remedy:
      'Run finish-target (or wait-full-load with `prepare: auto`); give the migration’s login membership in the owners of the tables.',
  }))
  const disables = plan.duringLoad['replica-role'] === 'disabled-triggers'
  const steps = disables ? [] : await readForeignKeySteps(target, plan.migration)
  for (const object of new Set(steps.map((step) => step.object))) {
    problems.push({
      field: object,
      message: `the foreign key ${object} is not validated on the target yet`,
      remedy:
        'Run finish-target where it was not, then wait-cdc-sync: it validates the keys as soon as a marker came through.',
    })
  }
  const tables = plannedTables(plan)
  const triggers = await triggersChange(target, tables, plan.duringLoad)
  const keys = disables ? await readForeignKeys(target, { tables }) : []
  for (const what of [
    ...(triggers?.saved?.rows ?? []).map(({ object }) => `the trigger ${object}`),
    ...keys.map(({ schema, table, name }) => `the foreign key ${schema}.${table}.${name}`),
  ]) {
    problems.push({
      field: 'during-load.replica-role',
      message: `${what} acts on the rows that DMS writes`,
      remedy:
        'Run prepare-target (or create-task) again, which disables it; then compare the rows that it may have changed.',
    })
  }
  return problems
}
