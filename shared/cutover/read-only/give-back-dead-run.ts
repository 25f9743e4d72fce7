import type { Session } from '../../postgres/session.ts'
import type { Log } from '../../runtime/log.ts'
import type { Decision } from '../phase.ts'
import { dropSpentTriggers, giveBack } from './give-back.ts'
import { createPutBackFunctions, createReadOnlyFunctions } from './statements.ts'

/**
 * A run that died behind `fence: read-only`, whose dead-man went with a restart or waits for the deadline: this run holds the
 * turn, so nobody else is at work; the database is given back before anything else. Nothing to do for a run that only paused.
 */
export async function giveBackDeadRun(
  from: Session,
  migration: string,
  { phase, generation, runId, attempt }: Decision,
  log: Log,
): Promise<void> {
  if (phase !== 'fenced') return
  await from.query(createPutBackFunctions)
  await from.query(createReadOnlyFunctions)
  const unrestored = await giveBack(from, { migration, generation, runId, attempt }, { by: 'next run' }, 0)
  for (const one of unrestored ?? []) log.warn(`could not be put back: ${one}`)
  await dropSpentTriggers(from, 10_000)
  log.line('the fence of a run that died was taken back')
}
