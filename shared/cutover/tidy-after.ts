import { sidesOf, type Direction } from '../migration/direction.ts'
import type { Session } from '../postgres/session.ts'
import { abortDecision, readDecision } from './decision.ts'
import { endLockSession } from './lock-session.ts'
import { giveBack } from './read-only/give-back.ts'
import { createPutBackFunctions, createReadOnlyFunctions } from './read-only/statements.ts'

/** What tidying up found and did, and what is true now in one sentence. */
export interface Tidied {
  readonly state: 'aborted' | 'nothing-begun' | 'past-commit-point'
  readonly sentence: string
}

/**
 * Tidies up after a run that may have died: only what this very workflow run began and did not decide is aborted, and only
 * its own lock session is ended. A run that is decided is left alone.
 */
export async function tidyAfter(
  from: Session,
  run: {
    readonly migration: string
    readonly direction: Direction
    readonly runId: string
    /** Who asks, for the journal. */
    readonly by: string
  },
): Promise<Tidied> {
  const name = sidesOf(run.direction).from
  const asItWas = `the ${name} is as it was`
  const decision = await readDecision(from, run.migration)
  if (decision?.ours !== true || decision.runId !== run.runId || decision.direction !== run.direction)
    return { state: 'nothing-begun', sentence: 'this run has begun nothing here; nothing to tidy up' }
  const { generation, attempt, phase, detail } = decision
  if (phase === 'committed') {
    return {
      state: 'past-commit-point',
      sentence: 'the commit point was passed: if the job failed, run it again, it goes on from there',
    }
  }
  if (phase !== 'paused' && phase !== 'fenced')
    return { state: 'aborted', sentence: `the run ended before its commit point: ${asItWas}` }

  if (typeof detail.lockPid === 'number') await endLockSession(from, detail.lockPid)
  const begun = { ...run, attempt }
  if (phase === 'fenced') {
    await from.query(createPutBackFunctions)
    await from.query(createReadOnlyFunctions)
    const unrestored = await giveBack(from, { ...begun, generation }, { by: run.by }, 10_000)
    if (unrestored !== undefined) {
      return {
        state: 'aborted',
        sentence:
          unrestored.length === 0
            ? `the fence was taken back: ${asItWas}`
            : `the fence was taken back, but for: ${unrestored.join('; ')}`,
      }
    }
  } else if (await abortDecision(from, begun, generation, 'pause')) {
    return { state: 'aborted', sentence: `the pause was taken back: ${asItWas}` }
  }
  const after = await readDecision(from, run.migration)
  return after?.phase === 'committed' && after.generation === generation
    ? {
        state: 'past-commit-point',
        sentence: 'the commit point was passed at the last moment: run the job again',
      }
    : { state: 'nothing-begun', sentence: 'another run has taken over; nothing to tidy up' }
}
