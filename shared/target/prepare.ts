import { readPlan, storePlan } from '../control/plan-store.ts'
import { demandAnotherServer } from '../databases/another-server.ts'
import { workflowRun, type WorkflowRun } from '../github/run.ts'
import { jsonDigest, planDigest } from '../migration/digest.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import type { ServerParameters } from '../rds/server-parameters.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import type { Log } from '../runtime/log.ts'
import { endSchemaSessions } from '../schema/schema-sessions.ts'
import { autovacuumOffChange } from './autovacuum.ts'
import { controlChanges, readControlState } from './control-changes.ts'
import { inTransaction, journal, performChange, type DatabaseChange } from './database-change.ts'
import { dmsGrantsChange } from './dms-grants.ts'
import { emptyTablesChange, refuseFilled } from './empty-tables.ts'
import { guardStatements, raiseGuard, readGuard } from './guard.ts'
import { notNullChange } from './not-null.ts'
import { refuseOpened, readDecisions, type DecisionRow } from './decisions.ts'
import { awaitReplicaRole, replicaRoleChange, setReplicaRole } from './replica-role.ts'
import { readSchemaMade, schemaSteps } from './schema-step.ts'
import { foreignKeysChange, indexesChange, triggersChange } from './set-aside.ts'
import { readMissingTablesStatement, storeGuardedStatement } from './statements.ts'

export interface PrepareOptions {
  readonly source: Session
  readonly target: Session
  readonly plan: Plan
  /** For sessions and programs of their own: the schema is made by them. */
  readonly sourceLogin: DatabaseLogin
  readonly targetLogin: DatabaseLogin
  /** Users that DMS logs in as. */
  readonly dmsSourceUser: string
  readonly dmsTargetUser: string
  /** The target's parameter group; only for a plan in which it makes DMS's sessions replicas. */
  readonly parameters?: ServerParameters | undefined
  readonly log: Log
  readonly signal: AbortSignal
  /** With true nothing is written; what would be is in the result. */
  readonly dryRun: boolean
  readonly run?: WorkflowRun
}

export interface Preparation {
  readonly state: 'prepared' | 'planned'
  readonly digest: string
  /** What was changed, or would be; empty where a former run did it all. */
  readonly changes: readonly DatabaseChange[]
  /** Sessions of the target that the guard ended. */
  readonly ended: number
}

/**
 * Makes both sides ready for the load: control schema, markers and their grants on both, the plan kept on the source;
 * on the target the guard, empty tables, relaxed LOB columns, autovacuum off. Every change is saved or journalled in
 * the transaction that makes it. A second run changes nothing, and never empties tables that a load has filled.
 * Throws `refused` where the target has been opened, or holds rows that the plan does not allow to remove.
 */
export async function prepareTarget(options: PrepareOptions): Promise<Preparation> {
  const { source, target, plan, dryRun } = options
  const context = { migration: plan.migration, run: options.run ?? workflowRun(), log: options.log }
  const digest = planDigest(plan)
  // A wrong secret could lead both sides to one server: nothing of it may be emptied or closed.
  await demandAnotherServer(source, target)
  const sourceDecisions = await readDecisions(source)
  const targetDecisions = await readDecisions(target)
  refuseOpened(plan.migration, sourceDecisions, targetDecisions)
  const before = targetDecisions.find(({ migration }) => migration === plan.migration)
  // Judged before anything is written: a refusal leaves both sides as they were.
  if (
    plan.load.by === 'dms' &&
    before?.prepared === true &&
    before.planDigest !== digest &&
    !(await sameTables(source, before, plan))
  )
    await refuseFilled(target, plan)
  // A schema that is made now is empty; rows that come with their tables by other means than DMS are to stay.
  const loads = plan.load.by === 'dms'
  const keysGo = dropsKeys(plan)
  // What a former run left at work would make tables after we looked for them.
  if (!dryRun && before?.prepared === false) await endSchemaSessions(target, plan.migration, options)
  const made = before === undefined ? undefined : await readSchemaMade(target, plan.migration)
  const schemaWork = { ...options, context }
  // Also what would be in the way of making the schema.
  const schema = before?.prepared === true ? [] : await schemaSteps(schemaWork, made)
  const emptying =
    before?.prepared === true || !loads ? undefined : await emptyTablesChange(target, plan, keysGo)

  const changes: DatabaseChange[] = []
  for (const [side, session, dmsUser] of [
    ['source', source, options.dmsSourceUser],
    ['target', target, options.dmsTargetUser],
  ] as const) {
    const state = await readControlState(session, side, plan, dmsUser)
    for (const change of controlChanges(side, state, plan, dmsUser)) {
      if (!dryRun) await performChange(session, change, context)
      changes.push(change)
    }
  }
  if (!dryRun) await storePlan(source, plan)

  const guard = await guardChange(target, plan, options.dmsTargetUser)
  if (guard !== undefined) changes.push(guard)
  let ended = 0
  if (!dryRun) {
    await storeGuarded(target, before, digest, context)
    // Also where it stands already: whoever connected in between is ended.
    const note = async () => {
      if (guard !== undefined) await journal(target, context, 'changed', { title: guard.title })
    }
    const keep = [options.dmsTargetUser]
    ended = (await raiseGuard(target, { migration: plan.migration, keep, note })).ended
  }

  for (const { change, perform } of schema) {
    if (!dryRun) await perform()
    changes.push(change)
  }
  // A schema that was made just now may hold rows: a framework seeds its own.
  const found = schema.length > 0 && !dryRun ? await emptyTablesChange(target, plan, keysGo) : emptying
  if (!dryRun && schema.length > 0) await demandTables(target, plan)
  if (dryRun && schema.length > 0) changes.push(laterChange(plan))
  const aside = await setAside(target, plan, {
    finished: before?.finished === true,
    dmsUser: options.dmsTargetUser,
  })
  // Emptied when the keys of other tables do not point there any more.
  for (const change of [...aside, found]) {
    if (change === undefined) continue
    if (!dryRun) await performChange(target, change, context)
    changes.push(change)
  }
  if (plan.duringLoad['replica-role'] === 'parameter-group') {
    const work = { ...schemaWork, parameters: demandParameters(options.parameters) }
    const change = await replicaRoleChange(work)
    if (change !== undefined) changes.push(change)
    if (!dryRun) await (change === undefined ? awaitReplicaRole(work) : setReplicaRole(change, work))
  }
  if (!dryRun && before?.prepared !== true) await journal(target, context, 'target-prepared', { digest })
  return { state: dryRun ? 'planned' : 'prepared', digest, changes, ended }
}

/** Another plan for the same tables (another policy, say) leaves their load as it is; create-task compares its task. */
async function sameTables(source: Session, before: DecisionRow, plan: Plan): Promise<boolean> {
  try {
    const former = await readPlan(source, plan.migration, before.planDigest)
    return jsonDigest(plannedTables(former)) === jsonDigest(plannedTables(plan))
  } catch (error) {
    // The former plan is not kept, or was tampered with: then nothing is known of those rows.
    if (error instanceof MigrationError) return false
    throw error
  }
}

/** Without a load only the keys whose checks would act on DMS's rows are in the way. */
function dropsKeys({ load, duringLoad }: Plan): boolean {
  return (
    duringLoad['replica-role'] === 'disabled-triggers' ||
    (load.by === 'dms' && duringLoad['foreign-keys'] === 'drop')
  )
}

/** In a dry run, where tables are still to be made: what will be done to them cannot be spelt out yet. */
function laterChange(plan: Plan): DatabaseChange {
  const { 'foreign-keys': keys, indexes, 'replica-role': role } = plan.duringLoad
  const aside = [
    `NOT NULL of ${plan.relaxedColumns.length} LOB columns`,
    `autovacuum of ${plannedTables(plan).length} tables`,
    ...(keys === 'drop' ? ['foreign keys'] : []),
    ...(indexes === 'drop' ? ['indexes that enforce nothing'] : []),
    role === 'disabled-triggers' ? 'triggers' : 'triggers that fire in replica mode',
  ]
  return {
    side: 'target',
    title: `set aside, when the tables are there: ${aside.join(', ')}`,
    undo: 'put back after the load or by the opening',
    statements: [],
  }
}

function demandParameters(parameters: ServerParameters | undefined): ServerParameters {
  if (parameters !== undefined) return parameters
  throw new Error('the plan changes the target’s parameter group, which the caller did not give')
}

/** What is set aside on the target for the load, in order; undefined where a former run did it. */
async function setAside(
  target: Session,
  plan: Plan,
  facts: { readonly finished: boolean; readonly dmsUser: string },
): Promise<(DatabaseChange | undefined)[]> {
  const tables = plannedTables(plan)
  const { duringLoad } = plan
  const loads = plan.load.by === 'dms'
  return [
    // On tables that somebody else made, somebody else gave the rights; on a copy nobody could.
    plan.schema === 'existing' && loads ? undefined : await dmsGrantsChange(target, tables, facts.dmsUser),
    !facts.finished && dropsKeys(plan) ? await foreignKeysChange(target, tables) : undefined,
    !facts.finished && loads && duringLoad.indexes === 'drop'
      ? await indexesChange(target, tables)
      : undefined,
    await triggersChange(target, tables, duringLoad),
    facts.finished ? undefined : await notNullChange(target, plan),
    facts.finished || !loads ? undefined : await autovacuumOffChange(target, tables),
  ]
}

/** What made the schema may have made less than the plan needs. */
async function demandTables(target: Session, plan: Plan): Promise<void> {
  const missing = await target.query<TableName>(readMissingTablesStatement, [
    JSON.stringify(plannedTables(plan)),
  ])
  refuseProblems(
    'precondition',
    missing.map(({ schema, table }) => ({
      field: `${schema}.${table}`,
      message: `the target has no table ${schema}.${table} after its schema was made`,
      remedy:
        'Mend what makes the schema (its migrations, its version), drop what it made on the target, then run again.',
    })),
  )
}

async function guardChange(
  target: Session,
  plan: Plan,
  dmsTargetUser: string,
): Promise<DatabaseChange | undefined> {
  const statements = await guardStatements(target, [dmsTargetUser])
  const raised = (await readGuard(target, plan.migration)).raised
  if (raised && statements.length === 0) return undefined
  return {
    side: 'target',
    title: `close the target to everyone but ${dmsTargetUser} and this login (the guard)`,
    undo: 'lifted by the transaction that opens the target: CONNECT comes back exactly as it was',
    statements,
  }
}

async function storeGuarded(
  target: Session,
  before: DecisionRow | undefined,
  digest: string,
  context: { readonly migration: string; readonly run: WorkflowRun },
): Promise<void> {
  if (before?.phase === 'guarded' && before.planDigest === digest) return
  await inTransaction(target, { side: 'target', title: 'write the guarded state' }, async () => {
    const { migration, run } = context
    const stored = await target.query(storeGuardedStatement, [migration, run.runId, run.attempt, digest])
    if (stored.length > 0) return
    // It was opened since it was read, or the row is a source's: the opening would find nothing to open, after the commit point.
    const message = `the target’s control schema does not say that ${migration} is guarded there`
    const remedy =
      'Look at aurora_migration.decision on the target. Where a cutover is under way or made, nothing is left to prepare; where the row says `source`, this database was the source of a migration of that name: choose another name.'
    throw new MigrationError('refused', message, {
      remedy,
      problems: [{ field: 'target', message, remedy }],
    })
  })
}
