import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { dmsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { attemptStep, countAttempts } from '../../shared/aws/count-attempts.ts'
import { credentialsExpired } from '../../shared/aws/expired-credentials.ts'
import { replicationInstances } from '../../shared/dms/replication-instances.ts'
import type { ReplicationTasks, TaskSelection } from '../../shared/dms/replication-tasks.ts'
import { computeOf, computeOfArn } from '../../shared/dms/compute.ts'
import { replications } from '../../shared/dms/replications.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { Trouble } from '../../shared/notify/telling.ts'
import type { Session } from '../../shared/postgres/session.ts'
import { asMigrationError } from '../../shared/runtime/errors.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import { writeInterimSummary } from '../../shared/runtime/interim-summary.ts'
import type { Log } from '../../shared/runtime/log.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { finishTarget } from '../../shared/target/finish.ts'
import { finishingLines } from '../../shared/target/finishing-lines.ts'
import { callBudget, type CallBudget } from '../../shared/waiting/call-budget.ts'
import type { HealthFinding } from '../../shared/waiting/health-findings.ts'
import type { HealthReport } from '../../shared/waiting/health-watch.ts'
import { instanceNames } from '../../shared/waiting/instance-names.ts'
import { carriedTables, planOfInput, tasksOfPlan } from '../../shared/waiting/planned-wait.ts'
import { readSourceSizes } from '../../shared/waiting/source-sizes.ts'
import type { SourceSizes } from '../../shared/waiting/table-size.ts'
import { withDatabases } from '../../shared/waiting/with-databases.ts'
import { watchLoadHealth } from './health.ts'
import type { inputs as schema } from './inputs.ts'
import { report } from './report.ts'
import { waitForLoad, type LoadWait } from './wait.ts'

interface Given {
  readonly migration: Migration | undefined
  readonly arns: readonly string[]
  readonly inputs: InputsOf<typeof schema>
  readonly context: ActionContext
  readonly tellTrouble: (trouble: Trouble) => void
}

interface Aws {
  readonly client: DatabaseMigrationServiceClient
  readonly port: ReplicationTasks
  readonly budget: CallBudget
}

/** What is known of the load before the first look. */
interface Prepared {
  readonly selection: TaskSelection
  readonly plan: Plan | undefined
  readonly sizes: SourceSizes | undefined
}

/**
 * Waits for the tasks of the migration's plan, or without one for `arns`. Loaded when the inputs are right: clients take
 * longer to load than a file to check. `tellTrouble` delays nothing.
 */
export async function perform(
  migration: Migration | undefined,
  arns: readonly string[],
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
  tellTrouble: (trouble: Trouble) => void,
): Promise<Outcome> {
  const given: Given = { migration, arns, inputs, context, tellTrouble }
  const budget = callBudget(context.clock)
  const client = new DatabaseMigrationServiceClient(
    awsClientOptions(migration === undefined ? {} : dmsAccount(migration)),
  )
  client.middlewareStack.add(
    countAttempts(() => budget.charge(1)),
    attemptStep,
  )
  const compute = migration === undefined ? computeOfArn(arns[0] ?? '') : computeOf(migration)
  const aws: Aws = { client, port: replications(compute, client, context.signal), budget }
  try {
    const prepared = await prepare(given, aws)
    onStart(context.log, prepared)
    const { waited, health } = await waitBeside(given, aws, prepared)
    const { finished, interrupted } = await finish(given, aws, prepared, waited)
    if (interrupted?.by === 'expired-credentials') context.log.warn(interrupted.message)
    return onEnd(report({ ...waited, ...reported(given), interrupted, finished, health, at: undefined }))
  } finally {
    client.destroy()
  }
}

// The three moments of a wait that people are told of, wherever they are told.

function onStart(log: Log, { selection }: Prepared): void {
  const names = 'arns' in selection ? selection.arns : selection.identifiers
  log.line(
    `waiting for the full load of ${names.length === 1 ? 'one task' : `${names.length} tasks`}: ${names.join(', ')}`,
  )
}

/** What is critical cannot wait for somebody to open the log: it may be night. */
function onTrouble({ context, tellTrouble }: Given, { severity, message, remedy }: HealthFinding): void {
  context.log.warn(`${message}\n${remedy}`)
  if (severity === 'critical') tellTrouble({ message, remedy })
}

function onEnd(outcome: Outcome): Outcome {
  return outcome
}

/** No session is kept over the hours of the wait: servers and networks end idle ones. */
async function prepare({ migration, arns, inputs, context }: Given, { port }: Aws): Promise<Prepared> {
  if (migration === undefined) return { selection: { arns }, plan: undefined, sizes: undefined }
  const databases = { action: 'wait-full-load', signal: context.signal }
  const known = await withDatabases(migration, databases, async ({ source }) => {
    const plan = await planOfInput(source, migration.name, inputs['plan-digest'])
    return { plan, sizes: await sizesOf(plan, source, context) }
  })
  return { ...known, selection: await tasksOfPlan(port, known.plan, arns) }
}

/** Undefined where the source does not say: progress is then told in rows alone. */
async function sizesOf(plan: Plan, source: Session, { log, signal }: ActionContext) {
  const loading = plan.tasks.filter(({ migrationType }) => migrationType !== 'cdc')
  try {
    return await readSourceSizes(
      source,
      loading.flatMap(({ tables }) => tables),
    )
  } catch (error) {
    if (signal.aborted) throw error
    log.line(`The sizes of the tables are not known: ${asMigrationError(error).message}`)
    return undefined
  }
}

async function waitBeside(
  given: Given,
  { client, port, budget }: Aws,
  { selection, plan, sizes }: Prepared,
): Promise<{ waited: LoadWait; health: HealthReport }> {
  const { migration, context } = given
  const tasks = await port.describe(selection)
  const instances = await instanceNames(replicationInstances(client, context.signal), tasks)
  const health = watchLoadHealth({
    migration,
    tasks,
    instances,
    budget,
    context,
    onTrouble: (finding) => onTrouble(given, finding),
  })
  const settings = reported(given)
  const onStanding = async (standing: LoadWait) => {
    const at = context.clock.now()
    const outcome = { ...standing, ...settings, finished: undefined, health: health.report(), at }
    await writeInterimSummary(report(outcome).summary)
  }
  try {
    const expectation = { planned: plan === undefined ? undefined : carriedTables(plan), instances }
    const { maxWaitMs } = settings
    const options = { context, budget, sizes, maxWaitMs, onStanding }
    const waited = await waitForLoad(port, selection, expectation, options)
    return { waited, health: health.report() }
  } finally {
    await health.stop()
  }
}

function reported({ inputs }: Given): { readonly dryRun: boolean; readonly maxWaitMs: number } {
  const dryRun = inputs['dry-run']
  return { dryRun, maxWaitMs: dryRun ? 0 : inputs['max-wait'] }
}

/** Ends with what finish-target does, where the file leaves that to this action. */
async function finish(
  { migration, inputs, context }: Given,
  { port }: Aws,
  { plan }: Prepared,
  { verdict, interrupted }: LoadWait,
): Promise<Pick<LoadWait, 'interrupted'> & { finished: readonly string[] | undefined }> {
  const left = { interrupted, finished: undefined }
  if (interrupted !== undefined || verdict.kind !== 'loaded') return left
  if (migration === undefined || plan === undefined || migration.prepare !== 'auto') return left
  const { clock, log, signal } = context
  const databases = { action: 'wait-full-load', signal }
  try {
    const finishing = await withDatabases(migration, databases, async ({ source, target, targetLogin }) =>
      finishTarget({
        source,
        target,
        targetLogin,
        tasks: port,
        plan,
        log,
        signal,
        clock,
        dryRun: inputs['dry-run'],
      }),
    )
    return { interrupted: undefined, finished: finishingLines(finishing) }
  } catch (error) {
    // Every step of it can be repeated, and the next run begins with those that are left.
    if (!credentialsExpired(error)) throw error
    const { message } = asMigrationError(error)
    return { interrupted: { by: 'expired-credentials', message }, finished: undefined }
  }
}
