import { dmsControlSchema } from '../dms/task-settings.ts'
import type { Carrier } from '../migration/carriers.ts'
import type { PlannedTask } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { judgeUncarried, type ComparedEqual } from '../control/judge-uncarried.ts'
import { measureRoundTrip } from '../control/markers.ts'
import { readCompared, type Compared } from '../control/read-compared.ts'
import { noteDoubts, prepareDoubts, readUncarried } from '../control/uncarried.ts'
import { sequenceProblems } from '../sequences/problems.ts'
import type { SequenceState } from '../sequences/sequences.ts'
import { syncSequences } from '../sequences/sync-sequences.ts'
import { readApplyErrors } from '../waiting/apply-errors.ts'
import { judgeApplyErrors } from '../waiting/judge-apply-errors.ts'
import { MigrationError, refuseProblems, type Problem } from '../runtime/errors.ts'
import { evidenceSections } from './evidence-table.ts'
import { knowSequences, type KnownSequences } from './end-sessions.ts'
import { rehearseFence, type FenceOrder } from './fence.ts'
import { foreseeValues, type ForeseenValues } from './final-values.ts'
import { installFunctions } from './install-functions.ts'
import type { Fence } from './read-only/choose-fence.ts'
import { prepareFence, rehearsePutBack } from './read-only/prepare.ts'
import { judgeSchema } from './judge-schema.ts'
import { plannedTables } from './opening.ts'
import { type DrainOrder } from './await-drain.ts'
import { rehearseOpening } from './rehearse-opening.ts'
import { readLockTargets, type LockTargets } from './pause.ts'
import type { RehearsedMs } from './past-freezes.ts'
import type { CarryingTask, CutoverOrder, CutoverPorts } from './ports.ts'
import { judgeCompared, judgeEvidence, judgeReadiness, type SourceReadiness } from './readiness.ts'
import { saveFenceStateStatement } from './statements.ts'
import { readClosure } from './carried-plan.ts'
import { judgeCarriers } from './judge-carriers.ts'
import { writesSinceOpening } from './opened-since.ts'
import { checkAll } from './switchers/switchers-of.ts'

/** What the check found out and the later phases use. */
export interface Checked {
  readonly targets: LockTargets
  /** Slots of the way back on the database that is entered: moved to the cut in the drain. */
  readonly slots: readonly string[]
  /** Who carries the rows, as planned, and as DMS has them. */
  readonly carriers: readonly Carrier[]
  readonly tasks: readonly CarryingTask[]
  /** Of the schema of the database that is left; under the locks it must still be the same. */
  readonly fingerprint: string
  readonly roundTripMs: number
  /** How long the fence and the opening took that were tried and taken back. */
  readonly rehearsedMs: RehearsedMs
  /** What verify-data found equal, for the look under the locks. */
  readonly comparedEqual: ComparedEqual
  readonly toSequences: readonly SequenceState[]
  readonly fromSequences: KnownSequences | undefined
  readonly foreseen: ForeseenValues | undefined
  readonly exceptions: number
  readonly suspended: number
  readonly fence: Omit<FenceOrder, 'generation'>
  /** How writers are kept out; `auto` is decided by now. */
  readonly closing: Fence
}

/**
 * Everything that can be found out before anybody waits: evidence and schema judged again, states, rights (the fence
 * and the opening are tried and taken back), credentials, the marker's round trip against the budget. Changes only
 * the control schema. Throws one `refused` MigrationError with all problems.
 */
export async function check(
  sessions: {
    readonly from: Session
    readonly to: Session
    /** On `from`: will hold the locks, and rehearses the fence. */
    readonly lock: Session
    /** On `to`: will wait for the markers. */
    readonly drainer: Session
  },
  order: CutoverOrder,
  ports: CutoverPorts,
  entering: {
    readonly carriers: readonly Carrier[]
    /** The generation whose fence closes `to`; undefined where the guard does. */
    readonly fencedBy: bigint | undefined
    /** Which this cutover will take. */
    readonly generation: bigint
  },
): Promise<Checked> {
  const { from, to, lock, drainer } = sessions
  const { plan, run } = order
  const { names } = ports
  const { carriers, fencedBy, generation } = entering
  const forward = run.direction === 'forward'
  const problems: Problem[] = forward
    ? judgeEvidence(order.evidence, { ...plan, tasks: carriedTasks(carriers) }, run.planDigest)
    : []

  await installFunctions({ from, to }, fencedBy)
  problems.push(
    ...judgeReadiness(
      await readReadiness(from, plan.cutover.applicationRoles, [
        ports.dmsFromUser,
        // Where it may not set replica mode itself (before PostgreSQL 15), it starts with it; DMS alone logs in with it.
        ...(ports.dmsBackUser === undefined ? [] : [ports.dmsBackUser]),
      ]),
      plan,
      names.from,
    ),
  )
  const schema = await judgeSchema(from, order, ports, fencedBy)
  problems.push(...schema.problems)

  const compared = forward
    ? await readCompared(from, plan, run.planDigest)
    : { equal: new Map<string, number>(), different: [] }
  problems.push(...(await uncarriedProblems(from, plan, compared)))

  const tasks = await ports.tasks(carriers.map(({ identifier }) => identifier))
  const lost = forward || fencedBy === undefined ? undefined : await writesSinceOpening(from, plan, fencedBy)
  problems.push(...judgeCarriers(carriers, tasks, lost))

  const applyErrors = await readApplyErrors(
    to,
    plan,
    tasks.map(({ externalId }) => externalId),
  )
  problems.push(...judgeApplyErrors(applyErrors))

  const closure = await readClosure(to, plan)
  if (!closure.raised || closure.others.length > 0) {
    problems.push({
      field: names.to,
      message: closure.raised
        ? `the guard is up, yet these could connect: ${closure.others.join(', ')}`
        : `the ${names.to} is not closed: anybody could write to it`,
      remedy:
        fencedBy === undefined
          ? 'Run prepare-target again.'
          : `Somebody took the fence from the ${names.to}: see which of its tables lack the trigger aurora_migration_fence.`,
    })
  }
  const logins = await checkAll(ports.switchers, ports.toAddress)
  for (const note of logins.notes) ports.log.warn(note)
  problems.push(...logins.problems)
  for (const pauser of ports.pausers) problems.push(...(await pauser.check()))
  // What follows needs running tasks and a guarded target; with problems so far it would only repeat them.
  refuseProblems('refused', problems)

  const targets = await readLockTargets(from, plannedTables(plan))
  const fence = {
    migration: plan.migration,
    side: names.from,
    runId: run.runId,
    attempt: run.attempt,
    tables: JSON.parse(targets.fenceTables) as { schema: string; table: string }[],
    staleReads: plan.cutover.staleReads,
    keepConnect: [ports.fromUser, ports.dmsFromUser],
  }
  const closing = await prepareFence(from, plan.cutover.fence, fence)
  // Ahead of time, so that the freeze only tops up what moves until then, and a smoke test that writes meets no value that is
  // taken: nobody can use them on a closed database.
  const sequences = await syncSequences(from, to, {
    names: plan.sequences,
    margin: BigInt(plan.sequenceMargin),
    dryRun: false,
  })
  problems.push(...sequenceProblems(sequences.plan, names))
  refuseProblems('refused', problems)

  const tried = ports.clock.elapsed()
  refuseProblems(
    'refused',
    await rehearseFence(lock, { ...fence, generation: '0' }, plan.cutover.applicationRoles),
  )
  const fenceTried = ports.clock.elapsed()
  await rehearseOpening(to, ports.dmsToUser, plan, logins.users, fencedBy)
  const rehearsedMs = {
    fence: Math.round(fenceTried - tried),
    opening: Math.round(ports.clock.elapsed() - fenceTried),
  }
  if (closing === 'read-only' || plan.cutover.fallBack)
    refuseProblems('refused', await rehearseLifting(from, fence))

  const fromSequences = await knowSequences(from, plan.sequences)
  const slots = await ports.wayBack.prepare({ order, generation, carried: carriers, from, to })

  const markerTables = carriers.map(({ markerTable }) => markerTable.table)
  const trip = await measureRoundTrip(from, drainer, markerTables, {
    clock: ports.clock,
    signal: ports.signal,
    deadlineMs: plan.cutover.markerRoundTripMs,
    runId: run.runId,
  })
  if (trip.canaries > 0)
    throw new MigrationError(
      'refused',
      'a trigger fired for the replicated marker: DMS does not apply in replica mode',
      {
        remedy: `Set AfterConnectScript of the endpoint on the ${names.to} to \`SET session_replication_role = replica\`.`,
      },
    )
  if (trip.ms * 2 > plan.cutover.freezeBudgetMs) {
    throw new MigrationError(
      'refused',
      `a marker takes ${Math.round(trip.ms)} ms: the freeze would not fit its budget of ${plan.cutover.freezeBudgetMs} ms`,
      {
        remedy: 'Wait until replication is quicker, or raise cutover.freeze-budget in the migration file.',
        sections: evidenceSections(order, { roundTripMs: trip.ms }),
      },
    )
  }
  const [left] = await drainer.query<{ exceptions: number; suspended: number }>(
    `select (sight ->> 'exceptions')::int as exceptions, (sight ->> 'suspended')::int as suspended from aurora_migration.drain($1::json) as sight`,
    [
      JSON.stringify({
        migration: plan.migration,
        generation: '0',
        runId: run.runId,
        attempt: run.attempt,
        marker: '00000000-0000-0000-0000-000000000000',
        markerTables: [],
        controlSchema: dmsControlSchema,
        taskNames: tasks.map((task) => task.externalId),
        allowed: { exceptions: 0, suspended: 0 },
        proves: false,
        slots: [],
        keepPids: [],
        timeoutMs: 0,
      } satisfies DrainOrder),
    ],
  )
  return {
    foreseen: fromSequences && foreseeValues(plan, fromSequences.states, sequences.to, names),
    targets,
    slots,
    carriers,
    tasks,
    fingerprint: schema.fingerprint,
    roundTripMs: trip.ms,
    rehearsedMs,
    comparedEqual: compared.equal,
    toSequences: sequences.to,
    fromSequences,
    exceptions: left?.exceptions ?? 0,
    suspended: left?.suspended ?? 0,
    fence,
    closing,
  }
}

/** The plan's tasks under the names of those that carry now. */
function carriedTasks(carriers: readonly Carrier[]): readonly PlannedTask[] {
  return carriers.map(({ task, identifier }) => ({ ...task, identifier }))
}

/** The fence tried together with its undoing: what could not be lifted again must be known before it is raised. */
async function rehearseLifting(
  from: Session,
  fence: Omit<FenceOrder, 'generation'>,
): Promise<readonly Problem[]> {
  const trial = `rehearsal ${fence.runId}.${fence.attempt}`
  await from.query(saveFenceStateStatement, [fence.migration, trial, JSON.stringify(fence.tables)])
  try {
    return await rehearsePutBack(from, fence, `generation ${trial}`)
  } finally {
    await from.query(
      `delete from aurora_migration.saved_state where migration = $1 and kind = 'fence' and object = $2`,
      [fence.migration, `generation ${trial}`],
    )
  }
}

/** What DMS does not carry, seen since the load; what is in doubt is noted, so that verify-data can settle it. */
async function uncarriedProblems(
  from: Session,
  plan: CutoverOrder['plan'],
  { equal, different }: Compared,
): Promise<readonly Problem[]> {
  await prepareDoubts(from)
  const found = judgeUncarried(await readUncarried(from, plan), plan, equal)
  await noteDoubts(from, plan.migration, found.doubts)
  return [...found.problems, ...judgeCompared(different)]
}

async function readReadiness(
  from: Session,
  roles: readonly string[],
  exempt: readonly string[],
): Promise<SourceReadiness> {
  const [row] = await from.query<{ facts: string }>(
    'select aurora_migration.source_readiness($1::name[], $2::name[])::text as facts',
    [[...roles], [...exempt]],
  )
  return JSON.parse(row?.facts ?? '{}') as SourceReadiness
}
