import { setTimeout as delay } from 'node:timers/promises'
import { readDecision } from '../decision.ts'
import { endLockSession } from '../lock-session.ts'
import type { BeforeCommit } from '../phase.ts'
import type { Attempt } from '../until-commit.ts'
import { giveBack } from './give-back.ts'

/** A restart or a failover of the server takes the dead-man with it: this run is then the only one that gives back. */
const persistMs = 90_000
/** A runner gives a cancelled step seconds only; the dead-man is still there. */
const cancelledMs = 4000

/**
 * Gives the database back after an attempt that failed before its commit point, and says what is true; no more than
 * it knows. Tried again while the server does not answer.
 */
export async function giveBackAfter(attempt: Attempt, phase: BeforeCommit): Promise<void> {
  const { lock, ports } = attempt
  await lock.close()
  const deadline = performance.now() + (ports.signal.aborted ? cancelledMs : persistMs)
  for (;;) {
    try {
      ports.log.line(await giveBackOnce(attempt, phase, Math.min(10_000, deadline - performance.now())))
      return
    } catch (error) {
      if (performance.now() > deadline || ports.signal.aborted) {
        ports.log.warn(
          `aborted in phase ${phase}, and the ${ports.names.from} did not answer (${error instanceof Error ? error.message : String(error)}): it may stay closed to writers until the freeze’s budget is over, and after a restart until the job’s post step or the next run gives it back`,
        )
        return
      }
      await delay(250)
    }
  }
}

async function giveBackOnce(attempt: Attempt, phase: BeforeCommit, tidyMs: number): Promise<string> {
  const { lock, ports, order, generation, timeline } = attempt
  const session = await ports.openFrom(new AbortController().signal, {}, 2000)
  try {
    await endLockSession(session, lock.pid)
    const told = { by: 'run', phase, freezeMs: timeline.freezeMs }
    const unrestored = await giveBack(session, { ...order.run, generation }, told, tidyMs)
    for (const one of unrestored ?? []) ports.log.warn(`could not be put back: ${one}`)
    if (unrestored?.length === 0)
      return `aborted in phase ${phase}: the ${ports.names.from} is as it was; sessions that were ended connect again`
    if (unrestored !== undefined)
      return `aborted in phase ${phase}: the ${ports.names.from} takes writes again, but for what is listed above`
    const decision = await readDecision(session, order.run.migration)
    return decision?.generation === generation && decision.phase === 'aborted'
      ? `aborted in phase ${phase}: the dead-man had given the ${ports.names.from} back`
      : `aborted in phase ${phase}: another run has taken over the decision`
  } finally {
    await session.close()
  }
}
