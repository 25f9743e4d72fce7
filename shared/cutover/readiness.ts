import type { Evidence } from '../migration/evidence.ts'
import type { DatabaseName } from '../migration/direction.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { Problem } from '../runtime/errors.ts'

/** What the database that is left says of itself right before a pause, as source_readiness() gives it. */
export interface SourceReadiness {
  readonly roles: readonly {
    readonly role: string
    readonly exists: boolean
    readonly superuser: boolean
    readonly maySetReplicationRole: boolean
    /** The migration's login is a member: the fence can be tried as that role. */
    readonly mayBecome: boolean
  }[]
  readonly mayMonitor: boolean
  readonly maySignal: boolean
  /** Where sessions start with `session_replication_role` other than origin: the fence's trigger does not fire for them. */
  readonly replicaSessions: readonly string[]
  readonly inRecovery: boolean
  readonly fsync: boolean
  readonly prepared: number
  readonly subscriptions: number
  /** Processes of extensions and of replication in this database: no clients, and started again when they are ended. */
  readonly workers: readonly string[]
  /** Functions that run in a mode in which no ordinary trigger fires. */
  readonly replicaFunctions: readonly string[]
  /** Large objects exist; writing them needs no table. */
  readonly largeObjects: boolean
  readonly longest: {
    readonly pid: number
    readonly user: string
    readonly application: string
    readonly seconds: number
  } | null
}

/** The code of preflight's finding, by which a migration file accepts background workers. */
const workersFinding = 'fence-background-workers'

/** Everything that must not be in the way on the database that is left. Pure. */
export function judgeReadiness(facts: SourceReadiness, plan: Plan, name: DatabaseName = 'source'): Problem[] {
  const problems: Problem[] = []
  const refuse = (field: string, message: string, remedy: string) => problems.push({ field, message, remedy })
  if (facts.inRecovery) refuse(name, `the ${name} is a standby`, 'Point the migration at the writer.')
  if (!facts.fsync)
    refuse(
      name,
      `the ${name} runs with fsync = off: the fence itself could vanish in a crash`,
      'Set fsync = on and reload.',
    )
  if (!facts.mayMonitor)
    refuse(name, 'the migration’s login may not see all sessions', `GRANT pg_monitor TO it on the ${name}.`)
  if (!facts.maySignal)
    refuse(
      name,
      'the migration’s login may not end sessions',
      `GRANT pg_signal_backend TO it on the ${name}.`,
    )
  if (facts.prepared > 0) {
    refuse(
      name,
      `${facts.prepared} prepared transactions are open: COMMIT PREPARED passes every fence`,
      'COMMIT PREPARED or ROLLBACK PREPARED each of pg_prepared_xacts.',
    )
  }
  if (facts.subscriptions > 0) {
    refuse(
      name,
      `${facts.subscriptions} subscriptions write into the ${name}: their workers pass the fence`,
      'ALTER SUBSCRIPTION … DISABLE each of them first.',
    )
  }
  const accepted = plan.waivers.some(({ code }) => code === workersFinding)
  for (const worker of accepted ? [] : facts.workers) {
    refuse(
      name,
      `${worker} works in the ${name}, and is no client: it may write behind the fence, and is started again when it is ended`,
      `Stop it for the cutover (see shared_preload_libraries and the extension it belongs to); where it is known to write no table of the plan, accept it by a waiver of ${workersFinding} in the migration file.`,
    )
  }
  for (const called of facts.replicaFunctions) {
    refuse(
      name,
      `the function ${called} sets session_replication_role for itself: no trigger fires for what it writes, the fence’s neither`,
      `ALTER FUNCTION ${called} RESET session_replication_role;`,
    )
  }
  if (facts.largeObjects && plan.cutover.staleReads === 'allow') {
    refuse(
      'cutover.stale-reads',
      `large objects are stored in the ${name}: writing them needs no table, and readers who stay could do it behind the fence`,
      'Set `stale-reads: refuse`, which ends everybody, or move them into a bytea column.',
    )
  }
  if (facts.longest !== null && facts.longest.seconds * 1000 > plan.cutover.freezeBudgetMs) {
    refuse(
      name,
      `pid ${facts.longest.pid} (${facts.longest.user} ${facts.longest.application}) has had a writing transaction open for ${facts.longest.seconds.toFixed(0)} s`,
      `Wait for it, or: select pg_terminate_backend(${facts.longest.pid});`,
    )
  }
  for (const who of facts.replicaSessions) {
    refuse(
      name,
      `sessions of ${who} start with session_replication_role other than origin: no trigger fires for them, the fence’s neither`,
      'RESET it there (ALTER ROLE … RESET, ALTER DATABASE … RESET, or the parameter group).',
    )
  }
  for (const role of facts.roles) {
    if (!role.exists)
      refuse(
        'cutover.application-roles',
        `the role ${role.role} does not exist on the ${name}`,
        'Correct the list in the migration file.',
      )
    else if (role.superuser || role.maySetReplicationRole) {
      refuse(
        'cutover.application-roles',
        `the role ${role.role} may set session_replication_role and so pass the fence`,
        role.superuser
          ? `ALTER ROLE "${role.role}" NOSUPERUSER;`
          : `REVOKE SET ON PARAMETER session_replication_role FROM "${role.role}";`,
      )
    }
  }
  for (const role of facts.roles) {
    if (role.exists && !role.mayBecome)
      refuse(
        'cutover.application-roles',
        `the fence cannot be proved for ${role.role}: the migration’s login is not a member of it`,
        `On the ${name}: GRANT "${role.role}" TO the migration's login;`,
      )
  }
  return problems
}

/** A rate of WAL that was measured for less is shown, and judges nothing: one checkpoint would decide. */
export const leastWalSeconds = 60

/** Hours that the source's disk must last though a task stands still: the freeze, and one to find out and act. */
export function leastWalHours({ cutover }: Pick<Plan, 'cutover'>): number {
  return 1 + cutover.freezeBudgetMs / 3_600_000
}

/** Judges the evidence again, by the plan's thresholds and the clock, after approval. Numbers are not compared for equality. Pure. */
export function judgeEvidence(
  found: { evidence: Evidence; ageMs: number } | undefined,
  plan: Plan,
  planDigest: string,
): Problem[] {
  if (found === undefined) {
    return [
      {
        field: 'evidence-id',
        message: 'the source keeps no evidence with this id',
        remedy: 'Run wait-cdc-sync and pass its output evidence-id.',
      },
    ]
  }
  const { evidence, ageMs } = found
  if (evidence.version !== 2)
    return [
      {
        field: 'evidence-id',
        message: 'the evidence was written by another version of these actions, which measured other things',
        remedy: 'Run wait-cdc-sync of this version and have its evidence approved.',
      },
    ]
  const problems: Problem[] = []
  const refuse = (message: string, remedy: string) => problems.push({ field: 'evidence-id', message, remedy })
  const again = 'Run wait-cdc-sync again and have the new evidence approved.'
  if (evidence.planDigest !== planDigest)
    refuse(
      `the evidence belongs to plan ${evidence.planDigest.slice(0, 12)}, not to ${planDigest.slice(0, 12)}`,
      again,
    )
  if (evidence.proof !== 'marker')
    refuse(
      'the evidence rests on metrics only: no marker went through the tasks',
      'Run wait-cdc-sync with `migration`, not with task-arns alone.',
    )
  if (ageMs > plan.cutover.evidenceAgeMs)
    refuse(
      `the evidence is ${minutes(ageMs)} old; the policy allows ${minutes(plan.cutover.evidenceAgeMs)}`,
      again,
    )
  if (evidence.canaryFired)
    refuse(
      'triggers fired for replicated rows: DMS does not apply in replica mode',
      'Set AfterConnectScript of the target endpoint to `SET session_replication_role = replica`, reload, and verify the data.',
    )
  if (evidence.applyExceptions > 0)
    refuse(
      `${evidence.applyExceptions} rows could not be applied (awsdms_apply_exceptions)`,
      'Repair them or reload their tables, then run wait-cdc-sync again.',
    )
  const slowest = Math.max(...evidence.markerRoundTripsMs, 0)
  if (evidence.markerRoundTripsMs.length === 0 || slowest > plan.cutover.markerRoundTripMs) {
    refuse(
      `the marker took ${Math.round(slowest)} ms; the policy allows ${plan.cutover.markerRoundTripMs} ms`,
      again,
    )
  }
  if (evidence.predictedFreezeMs > plan.cutover.freezeBudgetMs)
    refuse(
      `the evidence predicts a freeze of ${Math.round(evidence.predictedFreezeMs)} ms; the budget is ${plan.cutover.freezeBudgetMs} ms`,
      'Wait for a quieter time and run wait-cdc-sync again, or raise cutover.freeze-budget in the migration file.',
    )
  const { walHoursLeft } = evidence
  const hoursWanted = leastWalHours(plan)
  if (walHoursLeft !== null && evidence.walSeconds >= leastWalSeconds && walHoursLeft < hoursWanted)
    refuse(
      `at the source’s rate of WAL a task that stands still would fill its disk, or its slot’s limit, in ${walHoursLeft.toFixed(1)} hours; ${hoursWanted.toFixed(1)} must be left`,
      'Give the source more storage (or raise max_slot_wal_keep_size), or wait for a quieter time; then run wait-cdc-sync again.',
    )
  if (evidence.sourceFingerprint !== plan.sourceFingerprint)
    refuse(
      'the source’s schema had changed when the evidence was taken',
      'Run preflight again: the plan does not fit the source.',
    )
  for (const { identifier } of plan.tasks) {
    if (!evidence.tasks.some((task) => task.identifier === identifier))
      refuse(`the evidence says nothing of the task ${identifier}`, again)
  }
  for (const task of evidence.tasks) {
    if (task.status !== 'running' || task.tablesErrored > 0 || task.tablesSuspended > 0) {
      refuse(
        `task ${task.identifier} was ${task.status} with ${task.tablesErrored} errored and ${task.tablesSuspended} suspended tables`,
        again,
      )
    }
    if (task.changesBehind > 0)
      refuse(
        `task ${task.identifier} had not applied ${task.changesBehind} changes that were captured before a marker which came through`,
        'Compare the rows with verify-data, then run wait-cdc-sync again.',
      )
    if (task.slot?.walStatus === 'unreserved')
      refuse(
        `the slot ${task.slot.name} of task ${task.identifier} was about to lose WAL that it needs (max_slot_wal_keep_size)`,
        'Raise max_slot_wal_keep_size on the source or wait until the task has caught up, then run wait-cdc-sync again.',
      )
    if (task.slot?.walStatus === 'lost')
      refuse(
        `the slot ${task.slot.name} of task ${task.identifier} had lost WAL that it needs`,
        'Delete the tasks and load anew.',
      )
    if (task.validation.failed > 0)
      refuse(
        `task ${task.identifier} had ${task.validation.failed} rows that failed validation`,
        'Compare those rows (awsdms_validation_failures_v2), repair them, and run wait-cdc-sync again.',
      )
  }
  return problems
}

/** Rows that verify-data found different, and not equal since, refuse whatever else is right. Pure. */
export function judgeCompared(different: readonly TableName[]): Problem[] {
  return different.map(({ schema, table }) => ({
    field: `${schema}.${table}`,
    message: `verify-data found rows of ${schema}.${table} that differ, and has not found them equal since`,
    remedy:
      'Repair the rows on the target or load the table anew, then run verify-data and wait-cdc-sync again.',
  }))
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
