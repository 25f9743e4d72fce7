import { describe, expect, test } from 'vitest'
import type { Direction } from '../migration/direction.ts'
import { decideStart } from './decide-start.ts'
import type { Decision } from './phase.ts'

/** `opened 2 back`, as the row's columns would say it; `foreign` was written by another server, `other` is another plan's. */
function row(side: Decision['side'], words: string): Decision | undefined {
  if (words === 'none') return undefined
  const [phase = '', generation = '0', direction = 'forward', ...more] = words.split(' ')
  const carried = more.find((word) => word.startsWith('by:'))
  return {
    side: more.includes('misplaced') ? (side === 'source' ? 'target' : 'source') : side,
    direction: direction as Direction,
    generation: BigInt(generation),
    runId: '7',
    attempt: 1,
    phase: phase as Decision['phase'],
    planDigest: more.includes('other') ? 'another' : 'digest',
    evidenceId: null,
    detail: carried === undefined ? {} : { carriedBy: carried.slice(3) },
    ours: !more.includes('foreign'),
  }
}

/** `fresh <seen generation> <carried by>`, `open|switch <generation> <carried by>`, or `refuse`. */
function said(direction: Direction, source: string, target: string): string {
  const rows = [row('source', source), row('target', target)] as const
  const [from, to] = direction === 'forward' ? rows : [rows[1], rows[0]]
  const start = decideStart(direction, from, to, 'digest')
  if (start.kind === 'refuse') return 'refuse'
  const generation = start.kind === 'fresh' ? start.seenGeneration : start.decision.generation
  const dead = start.kind === 'fresh' && start.deadRun !== undefined ? ' dead' : ''
  return `${start.kind} ${generation} ${start.carriedBy ?? 'plan'}${dead}`
}

describe('a cutover', () => {
  test.each([
    // Nothing was decided yet, or a run ended before its commit point.
    ['none', 'guarded', 'fresh 0 plan'],
    ['aborted 1', 'guarded', 'fresh 1 plan'],
    ['paused 1', 'guarded', 'fresh 1 plan dead'],
    ['fenced 1', 'guarded', 'fresh 1 plan dead'],
    ['aborted 1 forward other', 'guarded', 'fresh 1 plan'],
    // Past the commit point.
    ['committed 1', 'guarded', 'open 1 plan'],
    ['committed 1', 'opened 1', 'switch 1 plan'],
    ['committed 1', 'aborted 2 back', 'switch 1 plan'],
    ['committed 1', 'paused 2 back', 'refuse'],
    ['committed 1', 'fenced 2 back', 'refuse'],
    ['fenced 1', 'opened 1', 'refuse'],
    ['committed 1', 'opened 2', 'refuse'],
    ['committed 2', 'opened 1', 'refuse'],
    ['committed 2', 'aborted 2 back', 'refuse'],
    ['committed 1 forward other', 'guarded', 'refuse'],
    // After a fall-back.
    ['opened 2 back', 'committed 2 back', 'fresh 2 2'],
    ['aborted 3', 'committed 2 back', 'fresh 3 2'],
    ['paused 3', 'committed 2 back', 'fresh 3 2 dead'],
    ['committed 3', 'committed 2 back', 'open 3 2'],
    ['committed 3', 'opened 3 forward by:2', 'switch 3 2'],
    ['committed 3', 'aborted 4 back by:2', 'switch 3 2'],
    ['opened 2 back', 'committed 3 back', 'refuse'],
    ['opened 3 back', 'committed 2 back', 'refuse'],
    ['opened 2 back', 'opened 1', 'refuse'],
    ['opened 2 back', 'guarded', 'refuse'],
    ['opened 2 back', 'paused 2 back', 'refuse'],
    ['opened 2 back', 'aborted 2 back', 'refuse'],
    ['aborted 2', 'committed 2 back', 'refuse'],
    ['paused 2', 'committed 3 back', 'refuse'],
    ['committed 1', 'committed 2 back', 'refuse'],
    ['committed 2', 'committed 2 back', 'refuse'],
    ['opened 2 back other', 'committed 2 back', 'refuse'],
    ['aborted 3', 'committed 2 back other', 'refuse'],
    // The target is open, and the source does not know why.
    ['none', 'opened 1', 'refuse'],
    ['none', 'committed 2 back', 'refuse'],
    ['aborted 1', 'opened 1', 'refuse'],
    ['paused 1', 'opened 1', 'refuse'],
    ['aborted 1', 'paused 2 back', 'refuse'],
    // Rows that are not there, were copied, stand elsewhere, or cannot be.
    ['none', 'none', 'refuse'],
    ['committed 1', 'none', 'refuse'],
    ['none', 'guarded 0 forward foreign', 'refuse'],
    ['committed 3 forward foreign', 'guarded', 'fresh 3 plan'],
    ['committed 3 forward foreign', 'opened 3', 'refuse'],
    ['committed 1', 'committed 1 forward misplaced', 'refuse'],
    ['guarded 0 forward misplaced', 'guarded', 'refuse'],
    ['guarded', 'guarded', 'refuse'],
    ['committed 1 back', 'guarded', 'refuse'],
    ['opened 1', 'committed 1 back', 'refuse'],
    ['committed 1', 'opened 1 back', 'refuse'],
    ['paused 1 back', 'guarded', 'refuse'],
    ['none', 'guarded 0 back', 'refuse'],
  ])('with source %s and target %s: %s', (source, target, expected) => {
    expect(said('forward', source, target)).toBe(expected)
  })
})

describe('a fall-back', () => {
  test.each([
    ['committed 1', 'opened 1', 'fresh 1 1'],
    ['committed 1', 'aborted 2 back', 'fresh 2 1'],
    ['committed 1', 'paused 2 back', 'fresh 2 1 dead'],
    ['committed 1', 'committed 2 back', 'open 2 1'],
    ['opened 2 back by:1', 'committed 2 back', 'switch 2 1'],
    ['aborted 3 forward by:1', 'committed 2 back', 'switch 2 1'],
    ['paused 3', 'committed 2 back', 'refuse'],
    ['committed 3', 'opened 3 forward by:2', 'fresh 3 3'],
    ['committed 3', 'committed 4 back', 'open 4 3'],
    ['committed 1', 'opened 2', 'refuse'],
    ['committed 2', 'opened 1', 'refuse'],
    ['committed 2', 'aborted 2 back', 'refuse'],
    ['committed 2', 'committed 2 back', 'refuse'],
    ['committed 3', 'committed 2 back', 'refuse'],
    ['opened 3 back', 'committed 2 back', 'refuse'],
    ['aborted 2', 'committed 2 back', 'refuse'],
    ['aborted 1', 'opened 1', 'refuse'],
    ['opened 2 back', 'opened 1', 'refuse'],
    ['opened 2 back', 'aborted 3 back', 'refuse'],
    // The target was never opened.
    ['none', 'guarded', 'refuse'],
    ['aborted 1', 'guarded', 'refuse'],
    ['paused 1', 'guarded', 'refuse'],
    ['committed 1', 'guarded', 'refuse'],
    // Rows that are not there, were copied, stand elsewhere, or belong to another plan.
    ['none', 'none', 'refuse'],
    ['committed 1', 'none', 'refuse'],
    ['none', 'opened 1', 'refuse'],
    ['committed 1 forward foreign', 'opened 1', 'refuse'],
    ['committed 1', 'opened 1 forward foreign', 'refuse'],
    ['committed 1', 'opened 1 forward misplaced', 'refuse'],
    ['committed 1 forward other', 'opened 1 forward other', 'refuse'],
    ['committed 1', 'committed 2 back other', 'refuse'],
  ])('with source %s and target %s: %s', (source, target, expected) => {
    expect(said('back', source, target)).toBe(expected)
  })
})

const words = [
  'none',
  ...['guarded', 'paused', 'fenced', 'aborted', 'committed', 'opened'].flatMap((phase) =>
    [0, 1, 2, 3].flatMap((generation) => ['forward', 'back'].map((way) => `${phase} ${generation} ${way}`)),
  ),
]

const pairs = words.flatMap((source) =>
  words.map((target) => {
    const [forward, back] = [said('forward', source, target), said('back', source, target)]
    return { source, target, forward, back }
  }),
)

test('whatever the rows say, one direction at most is begun, and one at most goes on past its commit point', () => {
  const both = (word: string) =>
    pairs.filter(({ forward, back }) => forward.startsWith(word) && back.startsWith(word))
  expect(both('fresh')).toEqual([])
  expect(both('open')).toEqual([])
})

test('whatever the rows say, only a closed database is entered', () => {
  const enters = (start: string) => /^(fresh|open)/u.test(start)
  const open = pairs.filter(
    ({ source, target, forward, back }) =>
      (enters(forward) && !/^(guarded|committed)/u.test(target)) ||
      (enters(back) && !source.startsWith('committed')),
  )
  expect(open).toEqual([])
})

test('a dead run is handed on, so that its lock session can be ended', () => {
  const paused = row('source', 'paused 3')
  const dead = paused && { ...paused, detail: { lockPid: 42 } }
  expect(decideStart('forward', dead, row('target', 'guarded'), 'digest')).toMatchObject({
    kind: 'fresh',
    seenGeneration: 3n,
    deadRun: { detail: { lockPid: 42 } },
  })
})
