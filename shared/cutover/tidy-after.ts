import { sidesOf } from '../migration/direction.ts'
import type { Session } from '../postgres/session.ts'
import { abortDecision, readDecision, type CutoverRun } from './decision.ts'
import { endLockSession } from './lock-session.ts'
import { giveBack } from './read-only/give-back.ts'

/**
 * Tidies up after a run that may have died: only a run that is still `paused` under its own generation is aborted, and
 * only its own lock session is ended. Gives one sentence about what is true now.
 */
export async function tidyAfter(
  from: Session,
  run: Pick<CutoverRun, 'migration' | 'direction' | 'runId' | 'attempt'> & {
    readonly generation: bigint
    readonly lockPid: number
  },
): Promise<string> {
  const asItWas = `the ${sidesOf(run.direction).from} is as it was`
  const decision = await readDecision(from, run.migration)
  if (decision === undefined || decision.generation !== run.generation || decision.runId !== run.runId)
    return 'another run has taken over; nothing to tidy up'
  if (decision.phase === 'fenced') {
    await endLockSession(from, run.lockPid)
    const unrestored = await giveBack(from, run, { by: 'post' }, 10_000)
    if (unrestored === undefined) return 'the fence was decided meanwhile; nothing to tidy up'
    return unrestored.length === 0
      ? `the fence was taken back: ${asItWas}`
      : `the fence was taken back, but for: ${unrestored.join('; ')}`
  }
  if (decision.phase !== 'paused') {
    return decision.phase === 'committed'
      ? 'the commit point was passed: if the job failed, run it again, it goes on from there'
      : `the run ended before its commit point: ${asItWas}`
  }
  await endLockSession(from, run.lockPid)
  const aborted = await abortDecision(from, run, run.generation, 'pause')
  const after = await readDecision(from, run.migration)
  if (!aborted && after?.phase === 'paused') return 'another run has taken over; nothing to tidy up'
  return after?.phase === 'committed'
    ? 'the commit point was passed at the last moment: run the job again'
    : `the pause was taken back: ${asItWas}`
}
