import { randomUUID } from 'node:crypto'
import { readLatestComparison, type LatestComparison } from '../../shared/control/comparison-store.ts'
import { measureRoundTrip } from '../../shared/control/markers.ts'
import { storeEvidence } from '../../shared/control/plan-store.ts'
import { noteDoubts } from '../../shared/control/uncarried.ts'
import { readPastFreezes } from '../../shared/cutover/past-freezes.ts'
import { judgeEvidence } from '../../shared/cutover/readiness.ts'
import type { Metrics } from '../../shared/cloudwatch/metrics.ts'
import { workflowRun } from '../../shared/github/run.ts'
import type { ComparisonEvidence, Evidence } from '../../shared/migration/evidence.ts'
import { plannedTables } from '../../shared/migration/plan-schemas.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { withSession, type DatabaseLogin, type Session } from '../../shared/postgres/session.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { MigrationError, type Problem } from '../../shared/runtime/errors.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import { proveForeignKeys } from '../../shared/target/prove-foreign-keys.ts'
import { readOpenTransactions, type OpenTransactions } from '../../shared/waiting/open-transactions.ts'
import { readSourceHealth } from '../../shared/waiting/read-source-health.ts'
import { walDeadline, type SourceHealth, type WalDeadline } from '../../shared/waiting/source-health.ts'
import { readTaskMetrics, type MetricSight } from '../../shared/waiting/task-metrics.ts'
import { assessSync, uncarriedOf, type SyncSight } from './assess.ts'
import { evidenceOf, measuredOf, type Measured } from './evidence-document.ts'
import { LagRecord } from './lag-record.ts'
import { predictFreeze, type FreezePrediction } from './predict.ts'
import { waitForSync, type SyncParts, type SyncWait } from './wait.ts'

export interface SyncOutcome {
  readonly wait: SyncWait
  readonly sight: SyncSight
  readonly health: SourceHealth
  readonly transactions: OpenTransactions
  readonly wal: WalDeadline
  readonly metrics: MetricSight
  readonly lag: LagRecord
  readonly comparison: LatestComparison | undefined
  /** What was measured, however the wait ended; undefined where the databases could not be looked at. */
  readonly measured: Measured | undefined
  /** Undefined where no marker counts. */
  readonly prediction: FreezePrediction | undefined
  /** Only where the wait ended well. */
  readonly proved: { readonly evidence: Evidence; readonly prediction: FreezePrediction } | undefined
}

/** What cutover would refuse after the approval is refused before it. */
function judgeOwn(evidence: Evidence, { plan, planDigest }: SyncWork): Problem[] {
  return judgeEvidence({ evidence, ageMs: 0 }, plan, planDigest)
}

export interface SyncWork {
  readonly migration: Migration
  readonly plan: Plan
  readonly planDigest: string
  /** Sessions that come back when a connection was lost. */
  readonly source: Session
  readonly target: Session
  readonly targetLogin: DatabaseLogin
  readonly metrics: Metrics
  readonly instances: ReadonlyMap<string, string>
  readonly observe: () => Promise<SyncSight>
  readonly rounds: number
  readonly maxWaitMs: number
  readonly dryRun: boolean
  readonly context: ActionContext
}

/** Waits, measures, and keeps the evidence. In a dry run it looks once and writes nothing. */
export async function sync(work: SyncWork): Promise<SyncOutcome> {
  const { source, plan, planDigest } = work
  const first = {
    health: await readSourceHealth(source),
    transactions: await readOpenTransactions(source),
    comparison: await readLatestComparison(source, plan.migration, planDigest),
  }
  const lag = new LagRecord()
  const wait = work.dryRun ? await lookOnce(work.observe) : await waitForSync(partsOf(work, lag))
  const sight = wait.sight ?? (await work.observe())
  const now = await unlessAway(first, async () => ({
    health: await readSourceHealth(source),
    transactions: await readOpenTransactions(source),
    comparison: await readLatestComparison(source, plan.migration, planDigest),
  }))
  const metrics = await metricsOf(work, sight)
  lag.addMetrics(lag.markers.at(-1)?.atMs ?? 0, metrics)
  const wal = walDeadline(first.health, now.health, metrics.freeBytes)
  const { databases } = sight
  const facts = databases && {
    rounds: wait.rounds,
    behind: wait.behind,
    canaryFired: wait.kind === 'refused' && wait.canaryFired,
    databases,
    settled: uncarriedOf(sight)?.settled ?? [],
    comparison: comparisonEvidence(now.comparison),
    health: now.health,
    transactions: now.transactions,
    wal,
    tasks: sight.tasks,
    metrics,
  }
  const measured = facts && measuredOf(facts)
  const found = { wait, sight, ...now, wal, metrics, lag, measured }
  if (wait.kind !== 'caught-up' || facts === undefined)
    return { ...found, prediction: undefined, proved: undefined }

  const prediction = predictFreeze({
    markersMs: wait.rounds.map(({ ms }) => ms),
    roundTripMs: Math.max(
      await roundTrip(source, work.context.clock),
      await roundTrip(work.target, work.context.clock),
    ),
    tables: plannedTables(plan).length,
    sequences: plan.sequences.length,
    switches: plan.cutover.switches,
    past: await readPastFreezes(source, plan.migration),
  })
  const about = {
    id: randomUUID(),
    migration: work.migration.name,
    planDigest,
    runId: workflowRun().runId,
    sourceFingerprint: plan.sourceFingerprint,
  }
  const evidence = evidenceOf(facts, about, prediction)
  const problems = judgeOwn(evidence, work)
  if (problems.length > 0) {
    const refused = { ...wait, kind: 'refused', problems, canaryFired: false } as const
    return { ...found, wait: refused, prediction, proved: undefined }
  }
  await storeEvidence(source, evidence)
  return { ...found, prediction, proved: { evidence, prediction } }
}

function partsOf(work: SyncWork, lag: LagRecord): SyncParts {
  return {
    source: work.source,
    target: work.target,
    tasks: new Map(work.plan.tasks.map(({ identifier, markerTable }) => [markerTable.table, identifier])),
    limitMs: work.plan.cutover.markerRoundTripMs,
    rounds: work.rounds,
    maxWaitMs: work.maxWaitMs,
    runId: workflowRun().runId,
    context: work.context,
    lag,
    observe: work.observe,
    sample: async (atMs, sight) => {
      if (lag.isDue(atMs)) lag.addMetrics(atMs, await metricsOf(work, sight))
    },
    afterFirstMarker: () => foreignKeyProblems(work),
    noteBehind: (tables) =>
      noteDoubts(
        work.source,
        work.plan.migration,
        tables.map(({ schema, table, changes }) => ({
          kind: 'backlog',
          schema,
          table,
          mark: String(changes),
        })),
      ),
  }
}

function metricsOf(
  { metrics, instances, migration, context }: SyncWork,
  sight: SyncSight,
): Promise<MetricSight> {
  return readTaskMetrics(
    metrics,
    sight.tasks.map(({ task }) => task),
    instances,
    { sourceInstance: migration.source['rds-instance'], now: context.clock.now() },
  )
}

/** Where the source is away at the end of a wait, what was read at its beginning is told: the reasons say that it is away. */
async function unlessAway<T>(otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'unavailable') return otherwise
    throw error
  }
}

function comparisonEvidence(latest: LatestComparison | undefined): ComparisonEvidence | null {
  if (latest === undefined) return null
  const { id, state, startedAt, ageMs, result } = latest
  const tablesEqual = (result?.tables ?? []).filter(({ found }) => found === 'equal').length
  return { id, state, startedAt: Math.floor(startedAt), ageMs, tablesEqual }
}

/** Keys across tasks may miss a parent for a moment: it is believed only when further markers have come through. */
async function foreignKeyProblems({
  source,
  target,
  targetLogin,
  plan,
  context,
}: SyncWork): Promise<readonly Problem[]> {
  const { clock, signal, log } = context
  const run = workflowRun()
  const markerTables = plan.tasks.map(({ markerTable }) => markerTable.table)
  const anotherMarker = async () => {
    await measureRoundTrip(source, target, markerTables, {
      clock,
      signal,
      // Far beyond what a cutover allows: the proof must not hang on the pace.
      deadlineMs: 600_000,
      runId: run.runId,
    })
  }
  // Whole tables are read: a session without a limit of time.
  const session = {
    label: 'target',
    application: 'aurora-migration wait-cdc-sync',
    signal,
    settings: { statement_timeout: '0' },
  }
  const proof = await withSession(targetLogin, session, (reader) =>
    proveForeignKeys(reader, plan, { migration: plan.migration, run, log }, anotherMarker),
  )
  return proof.problems
}

async function lookOnce(observe: () => Promise<SyncSight>): Promise<SyncWait> {
  const sight = await observe()
  const verdict = assessSync(sight)
  const none = { rounds: [], behind: [] }
  if (verdict.kind === 'refused') return { ...verdict, ...none, canaryFired: false, sight }
  const reasons = verdict.kind === 'waiting' ? verdict.reasons : ['a dry run writes no markers']
  return { kind: 'still-running', reasons, late: [], ...none, sight }
}

/** The median of five, in ms. */
async function roundTrip(session: Session, clock: Clock): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const started = clock.elapsed()
    await session.query('select 1')
    times.push(clock.elapsed() - started)
  }
  return times.sort((a, b) => a - b)[2] ?? 0
}
