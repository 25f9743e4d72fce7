import { MigrationError, refuseProblems } from '../../runtime/errors.ts'
import { commitFence } from '../commit-fence.ts'
import { endSessions } from '../end-sessions.ts'
import { proveFence, type CommitPoint, type FenceOrder } from '../fence.ts'
import { blockedError, readLockTargets } from '../pause.ts'
import type { BeforeCommit } from '../phase.ts'
import { endedBefore } from '../ended-before.ts'
import { stillThere, type Attempt, type Reached } from '../until-commit.ts'
import { goOnUnlessCancelled } from '../go-on.ts'
import { provenDrain, type Drained } from '../proven-drain.ts'
import { closeTables, enterReadOnly } from './close-tables.ts'
import { armDeadMan, deadManSettings, type DeadMan } from './dead-man.ts'
import { giveBackAfter } from './give-back-after.ts'

/**
 * `fence: read-only`: the same way to the commit point as reachCommitPoint, without table locks. The fence is committed before
 * the drain; therefore a dead-man is armed first, in the database that is left, which takes it back at the end of the freeze's budget
 * whatever becomes of this runner. Every failure before the commit point takes it back at once. Clients notice an attempt
 * that failed: their sessions were ended.
 */
export async function reachReadOnly(attempt: Attempt): Promise<Reached> {
  const { timeline, order, ports, generation, checked } = attempt
  const fence: FenceOrder = { ...checked.fence, generation: generation.toString() }
  const { freezeBudgetMs } = order.plan.cutover
  let phase: BeforeCommit = 'pause'
  let deadMan: DeadMan | undefined
  let drained: Drained
  let lockAttempts: number
  let commit: CommitPoint
  try {
    goOnUnlessCancelled(ports)
    const session = await ports.openFrom(new AbortController().signal, deadManSettings)
    const armed = await armDeadMan(session, attempt.from, fence, freezeBudgetMs)
    deadMan = armed
    const guarded = <T>(work: Promise<T>): Promise<T> => {
      work.catch(() => undefined)
      return Promise.race([work, armed.lost])
    }
    timeline.freezeStarts()
    lockAttempts = await timeline.during('pause', () => guarded(close(attempt, fence, armed.pid)))
    phase = 'drain'
    const [proof] = await timeline.during('drain', () =>
      guarded(Promise.all([provenDrain(attempt), prove(attempt)])),
    )
    drained = proof
    phase = 'fence'
    commit = await timeline.during('fence', () => guarded(decide(attempt, fence, proof.at)))
  } catch (error) {
    timeline.freezeEnds()
    await giveBackAfter(attempt, phase)
    await deadMan?.dismiss()
    throw endedBefore(error, phase, ports)
  }
  attempt.beforeCommit()
  const never = new AbortController().signal
  const outcome = await commitFence(
    attempt.lock,
    () => ports.openFrom(never),
    order.run,
    generation,
    ports.clock,
  )
  if (outcome.kind === 'committed') {
    commit = { ...commit, lsn: outcome.lsn ?? commit.lsn }
    // It sees the row by itself; nobody has to wait for that.
    void deadMan.dismiss()
    return {
      commit,
      lockAttempts,
      lockStalledMs: 0,
      drainMs: drained.ms,
      cut: drained.cut,
      atCommit: undefined,
    }
  }
  timeline.freezeEnds()
  await giveBackAfter(attempt, 'fence')
  await deadMan.dismiss()
  throw new MigrationError(
    'unavailable',
    `the connection was lost at the commit point, and the ${ports.names.from} rolled back`,
    { remedy: `See the log on how the ${ports.names.from} was given back, then start a new run.` },
  )
}

/** Rights and settings, the old sessions, then table by table; gives how many rounds over the tables that took. */
async function close(attempt: Attempt, fence: FenceOrder, deadManPid: number): Promise<number> {
  const { lock, from, ports, checked, keepPids } = attempt
  await enterReadOnly(lock, fence)
  const ours = [from.pid, lock.pid, deadManPid, ...keepPids.from]
  const ended = await endSessions(from, { pids: ours, users: [ports.dmsFromUser] }, left(attempt))
  if (ended.left !== null) {
    throw new MigrationError(
      'timeout',
      `the session ${ended.left.pid} of ${ended.left.user ?? 'an unknown user'} on the ${ports.names.from} does not end`,
      { remedy: `See pg_stat_activity on the ${ports.names.from}: it may still be committing.` },
    )
  }
  ports.log.line(
    `${ended.ended.length} sessions on the ${ports.names.from} ended; they come back as readers, or not at all`,
  )
  goOnUnlessCancelled(ports)
  const closed = await closeTables(lock, fence, left(attempt))
  if (closed.busy.length > 0) {
    throw await blockedError(
      from,
      { ...checked.targets, fenceTables: JSON.stringify(closed.busy) },
      ours,
      `${closed.busy.length} tables could not be closed within the freeze's budget`,
    )
  }
  const planned = JSON.parse(checked.targets.plannedTables) as { schema: string; table: string }[]
  const now = await readLockTargets(from, planned)
  if (now.identity !== checked.targets.identity || now.lockList !== checked.targets.lockList) {
    throw new MigrationError('refused', 'tables or partitions changed between check and pause', {
      remedy: 'Run preflight again: the plan does not fit the database.',
    })
  }
  goOnUnlessCancelled(ports)
  return closed.passes
}

/** A write as every application role, from a fresh session, while the marker is on its way: each must be refused. */
async function prove({ ports, order, checked }: Attempt): Promise<void> {
  const fresh = await ports.openFrom(new AbortController().signal)
  try {
    const passed = await proveFence(fresh, order.plan.cutover.applicationRoles, checked.fence.tables)
    refuseProblems(
      'refused',
      passed.map(({ role, table, outcome }) => ({
        field: table,
        message: `the fence is not proved for ${role}: ${outcome}`,
        remedy: `GRANT "${role}" TO the migration's login, so that the probe can be made as that role.`,
      })),
    )
  } finally {
    await fresh.close()
  }
}

/** From `fenced` to `committed`, against the dead-man; the COMMIT is the caller's. */
async function decide(attempt: Attempt, fence: FenceOrder, drainedAt: number): Promise<CommitPoint> {
  const { lock, ports, checked, timeline, order } = attempt
  // Nobody is locked out of making a new table, and its rows are in no task.
  if ((await ports.readFingerprint(lock)) !== checked.fingerprint) {
    throw new MigrationError('refused', 'the schema changed between check and commit point', {
      remedy: 'Run preflight again: the plan does not fit the database.',
    })
  }
  await stillThere(attempt, drainedAt)
  goOnUnlessCancelled(ports)
  if (timeline.frozenFor() > order.plan.cutover.freezeBudgetMs)
    throw new MigrationError('timeout', 'the freeze’s budget was over before the commit point')
  await lock.query('begin')
  const [row] = await lock.query<{ point: CommitPoint }>(
    'select aurora_migration.commit_read_only($1::json) as point',
    [JSON.stringify(fence)],
  )
  if (row === undefined) throw new Error('commit_read_only gave no row')
  return row.point
}

/** What is left of the freeze's budget, in ms. */
function left({ timeline, order }: Attempt): number {
  return Math.max(1, Math.round(order.plan.cutover.freezeBudgetMs - timeline.frozenFor()))
}
