import { aftermaths, type Aftermath, type Direction } from './chaos-case.ts'
import { drawsOf, type Draws } from './seeded-random.ts'

export type Trouble =
  | { readonly kind: 'kill' }
  | { readonly kind: 'stop' | 'cut'; readonly lastsMs: number }
  | { readonly kind: 'reset'; readonly place: 'source' | 'target' }
  | { readonly kind: 'restart'; readonly side: 'source' | 'target'; readonly mode: 'fast' | 'immediate' }
  | { readonly kind: 'failover'; readonly side: 'source' | 'target' }
  | { readonly kind: 'throttle'; readonly ratio: number; readonly lastsMs: number }
  | { readonly kind: 'aws-error'; readonly operation: string; readonly times: number }
  | { readonly kind: 'aws-cut'; readonly operation: string; readonly when: 'before' | 'after' }
  | { readonly kind: 'second-run' }
  | { readonly kind: 'delay'; readonly ms: number; readonly lastsMs: number }
  | { readonly kind: 'autovacuum'; readonly lastsMs: number }
  | { readonly kind: 'long-transaction'; readonly lastsMs: number }
  | { readonly kind: 'ddl'; readonly lastsMs: number }

/** One trouble, `afterMessages` messages that change something after the start, and `delayMs` later. */
export interface Event {
  readonly afterMessages: number
  readonly delayMs: number
  readonly trouble: Trouble
}

/** Everything that a seed decides. */
export interface Schedule {
  readonly seed: number
  readonly direction: Direction
  readonly events: readonly Event[]
  readonly aftermath: Aftermath
}

/** Messages of an undisturbed run that change something: some forty. Later ones do not come; then time decides. */
const lastMessage = 45

/** One to four troubles, in the order in which they come. Pure. */
export function scheduleOf(
  seed: number,
  can: { readonly directions: readonly [Direction, ...Direction[]]; readonly abort: boolean },
): Schedule {
  const draws = drawsOf(seed)
  const direction = draws.oneOf(can.directions)
  const offered = aftermaths.filter((aftermath) => can.abort || aftermath !== 'abort')
  const events = Array.from({ length: draws.between(1, 4) }, () => ({
    afterMessages: draws.between(0, lastMessage),
    delayMs: draws.chance(50) ? 0 : draws.between(1, 60),
    trouble: troubleOf(draws),
  }))
  return {
    seed,
    direction,
    events: events.toSorted((a, b) => a.afterMessages - b.afterMessages),
    // Most are to come to an end, or nothing would be known of what a re-run meets.
    aftermath: draws.chance(70) ? 're-run' : (offered[draws.between(0, offered.length - 1)] ?? 'nothing'),
  }
}

const changing = [
  'PutSecretValue',
  'StopReplicationTask',
  'DescribeReplicationTasks',
  'GetSecretValue',
] as const

function troubleOf(draws: Draws): Trouble {
  const lastsMs = draws.between(200, 5000)
  const side = draws.oneOf(['source', 'target'] as const)
  switch (draws.between(1, 16)) {
    case 1:
    case 2:
      return { kind: 'kill' }
    case 3:
    case 4:
      return { kind: 'stop', lastsMs: draws.between(200, 10_000) }
    case 5:
    case 6:
      return { kind: 'cut', lastsMs: draws.between(200, 10_000) }
    case 7:
      return { kind: 'reset', place: side }
    case 8:
      return { kind: 'restart', side, mode: draws.oneOf(['fast', 'immediate'] as const) }
    case 9:
      return { kind: 'throttle', ratio: draws.between(2, 8) / 10, lastsMs }
    case 10:
      return draws.chance(50)
        ? { kind: 'aws-error', operation: draws.oneOf(changing), times: draws.between(1, 4) }
        : {
            kind: 'aws-cut',
            operation: draws.oneOf(changing),
            when: draws.oneOf(['before', 'after'] as const),
          }
    case 11:
      return { kind: 'second-run' }
    case 12:
      return { kind: 'delay', ms: draws.between(50, 5000), lastsMs }
    case 13:
      return { kind: 'autovacuum', lastsMs }
    case 14:
      return { kind: 'long-transaction', lastsMs }
    case 15:
      return { kind: 'failover', side }
    default:
      return { kind: 'ddl', lastsMs: draws.between(50, 3000) }
  }
}

/** A line for people, and for whoever replays it. Pure. */
export function describeSchedule({ seed, direction, events, aftermath }: Schedule): string {
  const lines = events.map(
    ({ afterMessages, delayMs, trouble }) =>
      `  after message ${afterMessages} and ${delayMs} ms: ${JSON.stringify(trouble)}`,
  )
  return [`seed ${seed}, ${direction}, then ${aftermath}:`, ...lines].join('\n')
}
