import type { Session } from '../postgres/session.ts'
import type { WithCommit } from './commit-fence.ts'
import { awaitCommit, endSessionsAtCommit, endSessionsMs, type EndedAndRead } from './end-sessions.ts'
import { proveFence, type PassedWrite } from './fence.ts'
import type { Attempt } from './until-commit.ts'

/** What of the time after the commit point was sent before it. */
export interface AtCommit {
  /** Sessions that were told to end right before the COMMIT. */
  readonly signalled: readonly number[]
  /** The session of the proof. */
  readonly probe: Session
  /** The proof of the fence, tried by the server from the COMMIT on. */
  readonly proof: Promise<readonly PassedWrite[]>
  /** Whether the opening was begun, uncommitted; undefined where it is begun after the COMMIT. */
  readonly begun: Promise<boolean> | undefined
  /** The old sessions, which the server ends by itself from the COMMIT on. */
  readonly ending: Promise<EndedAndRead>
}

/**
 * Right before the COMMIT: what has to wait for it does so on the servers, each in its session, so that no round trip lies between. Where
 * the COMMIT fails all of it comes to nothing. `keep`: the sessions that are not to be ended.
 */
export function sendAhead(
  { order, ports, checked, generation, from, lock, keepPids }: Attempt,
  probe: Session,
): { readonly keep: WithCommit['keep']; readonly sent: Pick<AtCommit, 'probe' | 'proof' | 'ending'> } {
  const { plan } = order
  const run = { migration: plan.migration, generation }
  const keep = { pids: [from.pid, lock.pid, probe.pid, ...keepPids.from], users: [ports.dmsFromUser] }
  const proof = proveFence(probe, plan.cutover.applicationRoles, checked.fence.tables, awaitCommit(run))
  const ending = endSessionsAtCommit(from, run, keep, endSessionsMs, {
    names: plan.sequences,
    known: checked.fromSequences,
  })
  // Whoever needs them asks for them; where the COMMIT fails nobody does.
  proof.catch(() => undefined)
  ending.catch(() => undefined)
  return { keep, sent: { probe, proof, ending } }
}
