import { readFileSync } from 'node:fs'
import { hasControlSchema } from '../control/plan-store.ts'
import type { UsedComment } from '../github/comment-gate.ts'
import type { Begun } from '../github/gate.ts'
import type { Session } from '../postgres/session.ts'

const readUsedApprovals = readFileSync(new URL('./sql/read-used-approvals.sql', import.meta.url), 'utf8')

/** The row of the database that a run would leave, as far as it tells who began what. */
interface BeginningRow {
  readonly ours: boolean
  readonly direction?: 'forward' | 'back'
  readonly runId: string
  readonly planDigest: string
  readonly phase: string
}

/**
 * What a run has begun, by the row of the database that it would leave: an approval of an earlier attempt lets it finish
 * that, and nothing else. Pure.
 */
export function begunBy(
  from: BeginningRow | undefined,
  run: { readonly direction: 'forward' | 'back'; readonly runId: string; readonly planDigest: string },
): Begun {
  if (from?.ours !== true || from.runId !== run.runId || from.planDigest !== run.planDigest) return 'nothing'
  if ((from.direction ?? 'forward') !== run.direction) return 'nothing'
  if (from.phase === 'committed') return 'to-finish'
  return from.phase === 'paused' || from.phase === 'fenced' || from.phase === 'aborted' ? 'undone' : 'nothing'
}

/** Comments of GitHub that runs began with, by the journal of one database. An approval counts for one run. */
export async function readUsedComments(session: Session, migration: string): Promise<UsedComment[]> {
  if (!(await hasControlSchema(session))) return []
  const rows = await session.query<{ id: string; runId: string }>(readUsedApprovals, [migration])
  return rows.map(({ id, runId }) => ({ id: Number(id), runId }))
}
