import type { TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import type { AfterCommit } from './after-commit.ts'
import { endSessionsAndRead, endSessionsMs, type EndedAndRead } from './end-sessions.ts'
import { proveFence } from './fence.ts'
import { plannedTables } from './opening.ts'
import { readLockTargets } from './pause.ts'
import type { AtCommit } from './at-commit.ts'

/** Closed for everybody, and proved to be. */
export interface ClosedFrom extends EndedAndRead {
  /** The session of the proof, to be closed when nobody waits any more: a goodbye wakes up the server. */
  readonly probe: Session
}

/**
 * Old sessions gone and the sequences' last word; beside it a write tried as every application role, which must be refused, in a
 * session of its own: what refuses it is the revokes and the trigger, the hard half, since ours is not read-only by default.
 */
export async function closeFrom(run: AfterCommit, prepared: AtCommit | undefined): Promise<ClosedFrom> {
  const { order, ports, keepPids, sessions } = run
  const { from } = ports.names
  const tables = run.fencedTables ?? (await readFencedTables(run))
  const fresh = prepared?.probe ?? (await ports.openFrom(new AbortController().signal))
  const endNow = () =>
    endSessionsAndRead(
      sessions.from,
      { pids: [sessions.from.pid, fresh.pid, ...keepPids.from], users: [ports.dmsFromUser] },
      endSessionsMs,
      { names: order.plan.sequences, known: run.fromSequences },
    )
  try {
    const [outcome, passed] = await Promise.all([
      // Where what was prepared came to nothing (a lock that took too long, say), it is done now.
      prepared === undefined ? endNow() : prepared.ending.catch(endNow),
      prepared?.proof ?? proveFence(fresh, order.plan.cutover.applicationRoles, tables),
    ])
    if (outcome.left !== null) {
      throw new MigrationError(
        'timeout',
        `the session ${outcome.left.pid} of ${outcome.left.user ?? 'an unknown user'} on the ${from} does not end`,
        {
          remedy: `It is refused by the fence, but may still be committing. See pg_stat_activity on the ${from}.`,
        },
      )
    }
    if (outcome.beyond.length > 0) {
      ports.log.warn(
        `sessions of superusers on the ${from} cannot be ended (pid ${outcome.beyond.join(', ')}); the fence's trigger refuses them like everybody`,
      )
    }
    refuseProblems(
      'refused',
      passed.map((probe) => ({
        field: probe.table,
        message: `the fence is not proved for ${probe.role}: ${probe.outcome}`,
        remedy: `GRANT "${probe.role}" TO the migration's login on the ${from}, so that the probe can be made as that role.`,
      })),
    )
    return { ...outcome, probe: fresh }
  } catch (error) {
    void fresh.close()
    throw error
  }
}

async function readFencedTables({ sessions, order }: AfterCommit): Promise<readonly TableName[]> {
  const { fenceTables } = await readLockTargets(sessions.from, plannedTables(order.plan))
  return JSON.parse(fenceTables) as TableName[]
}
