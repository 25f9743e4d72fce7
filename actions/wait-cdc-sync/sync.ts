import { randomUUID } from 'node:crypto'
import { storeEvidence } from '../../shared/control/plan-store.ts'
import type { Metrics } from '../../shared/cloudwatch/metrics.ts'
import { workflowRun } from '../../shared/github/run.ts'
import { plannedTables } from '../../shared/migration/plan-schemas.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { withSession, type DatabaseLogin, type Session } from '../../shared/postgres/session.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { measureRoundTrip } from '../../shared/control/markers.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import { proveForeignKeys } from '../../shared/target/prove-foreign-keys.ts'
import { readSourceHealth } from '../../shared/waiting/read-source-health.ts'
import { walDeadline, type SourceHealth, type WalDeadline } from '../../shared/waiting/source-health.ts'
import { readTaskMetrics, type MetricSight } from '../../shared/waiting/task-metrics.ts'
import { assessSync, type SyncSight } from './assess.ts'
import { evidenceOf } from './evidence-document.ts'
import { predictFreeze, type FreezeTerm } from './predict.ts'
import { waitForSync, type SyncWait } from './wait.ts'
import type { Evidence } from '../../shared/migration/evidence.ts'

export interface SyncOutcome {
  readonly wait: SyncWait
  readonly sight: SyncSight
  readonly health: SourceHealth
  readonly wal: WalDeadline
  readonly metrics: MetricSight
  /** Only where the wait ended well. */
  readonly evidence: Evidence | undefined
  readonly terms: readonly FreezeTerm[]
}

export interface SyncWork {
  readonly migration: Migration
  readonly plan: Plan
  readonly planDigest: string
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
  const { clock } = work.context
  const first = await readSourceHealth(work.source)
  const { observe } = work
  const waited = work.dryRun ? await lookOnce(observe) : await waitForSync({ ...partsOf(work), observe })
  // What happened while the last marker was under way counts as well.
  const last = await observe()
  const verdict = assessSync(last)
  const wait: SyncWait =
    waited.kind === 'caught-up' && verdict.kind === 'refused'
      ? { kind: 'refused', problems: verdict.problems }
      : waited
  const health = await readSourceHealth(work.source)
  const metrics = await readTaskMetrics(
    work.metrics,
    last.tasks.map(({ task }) => task),
    work.instances,
    { sourceInstance: work.migration.source['rds-instance'], now: clock.now() },
  )
  const wal = walDeadline(first, health, metrics.freeBytes)
  const found = { wait, sight: last, health, wal, metrics }
  if (wait.kind !== 'caught-up' || last.databases === undefined)
    return { ...found, evidence: undefined, terms: [] }

  const prediction = predictFreeze({
    slowestMarkerMs: Math.max(...wait.rounds),
    roundTripMs: Math.max(await roundTrip(work.source, clock), await roundTrip(work.target, clock)),
    tables: plannedTables(work.plan).length,
    sequences: work.plan.sequences.length,
  })
  const evidence = evidenceOf({
    id: randomUUID(),
    migration: work.migration.name,
    planDigest: work.planDigest,
    runId: workflowRun().runId,
    rounds: wait.rounds,
    applyErrors: last.databases.applyErrors,
    health,
    wal,
    fingerprint: work.plan.sourceFingerprint,
    tasks: last.tasks,
    metrics,
    predictedFreezeMs: prediction.ms,
  })
  await storeEvidence(work.source, evidence)
  return { ...found, evidence, terms: prediction.terms }
}

function partsOf(work: SyncWork) {
  return {
    source: work.source,
    target: work.target,
    markerTables: work.plan.tasks.map(({ markerTable }) => markerTable.table),
    limitMs: work.plan.cutover.markerRoundTripMs,
    rounds: work.rounds,
    maxWaitMs: work.maxWaitMs,
    runId: workflowRun().runId,
    context: work.context,
    afterFirstMarker: () => foreignKeyProblems(work),
  }
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
  const verdict = assessSync(await observe())
  if (verdict.kind === 'refused') return verdict
  const reasons = verdict.kind === 'waiting' ? verdict.reasons : ['a dry run writes no markers']
  return { kind: 'still-running', reasons, slowest: undefined }
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
