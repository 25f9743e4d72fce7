import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { SessionPair, SessionPairs } from './session-pairs.ts'
import { countActiveBackends } from './statements.ts'

/** How long an answer counts, in milliseconds: chunks are quick, and their number must not become that of questions. */
const answerLastsMs = 500
const pauseMs = 1000

/** Holds chunks back while a side is busy with others' work. */
export interface LoadGate {
  /** Resolves when neither side has more active backends than allowed. */
  pass(pair: SessionPair): Promise<void>
  /** Why nothing passes at the moment. */
  readonly closedBecause: string | undefined
}

export function loadGate(options: {
  readonly maxLoad: number | undefined
  readonly pairs: SessionPairs
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
  readonly onChange: () => void
}): LoadGate {
  const { maxLoad, pairs, clock, signal, log, onChange } = options
  let askedAt = Number.NEGATIVE_INFINITY
  let reason: string | undefined

  const look = async (pair: SessionPair, most: number): Promise<string | undefined> => {
    const busy = await Promise.all(
      (['source', 'target'] as const).map(async (side) => {
        const [row] = await pair[side].query<{ active: number }>(countActiveBackends, [pairs.pids(side)])
        const active = row?.active ?? 0
        return active > most ? [`${active} backends are active on the ${side}, max-load is ${most}`] : []
      }),
    )
    const all = busy.flat()
    return all.length === 0 ? undefined : all.join('; ')
  }

  return {
    get closedBecause() {
      return reason
    },
    pass: async (pair) => {
      if (maxLoad === undefined) return
      for (;;) {
        if (reason === undefined && clock.elapsed() - askedAt < answerLastsMs) return
        askedAt = clock.elapsed()
        const before = reason
        reason = await look(pair, maxLoad)
        if (before === undefined && reason !== undefined) log.line(`compare paused: ${reason}`)
        if (before !== undefined && reason === undefined) log.line('compare goes on: the load has fallen')
        if (before !== reason) onChange()
        if (reason === undefined) return
        await clock.sleep(pauseMs, signal)
      }
    },
  }
}
