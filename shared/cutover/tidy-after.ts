import type { Session } from '../postgres/session.ts'
import { abortDecision, readDecision } from './decision.ts'
import { endLockSession } from './lock-session.ts'

/**
 * Tidies up after a run that may have died: only a run that is still `paused` under its own generation is aborted, and
 * only its own lock session is ended. Gives one sentence about what is true now.
 */
export async function tidyAfter(
  source: Session,
  run: {
    readonly migration: string
    readonly runId: string
    readonly attempt: number
    readonly generation: bigint
    readonly lockPid: number
  },
): Promise<string> {
  const decision = await readDecision(source, run.migration)
  if (decision === undefined || decision.generation !== run.generation || decision.runId !== run.runId)
    return 'another run has taken over; nothing to tidy up'
  if (decision.phase !== 'paused') {
    return decision.phase === 'committed'
      ? 'the commit point was passed: if the cutover job failed, run it again, it goes on from there'
      : 'the run ended before its commit point: the source is as it was'
  }
  await endLockSession(source, run.lockPid)
  const aborted = await abortDecision(
    source,
    { migration: run.migration, runId: run.runId, attempt: run.attempt, planDigest: '', evidenceId: null },
    run.generation,
    'pause',
  )
  const after = await readDecision(source, run.migration)
  if (!aborted && after?.phase === 'paused') return 'another run has taken over; nothing to tidy up'
  return after?.phase === 'committed'
    ? 'the commit point was passed at the last moment: run the cutover job again'
    : 'the pause was taken back: the source is as it was'
}
