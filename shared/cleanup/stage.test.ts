import { expect, test } from 'vitest'
import { judgeStage, type SideRow, type SideSaid, type Wish } from './stage.ts'

const said = (side: string, phase: string | undefined, more: Partial<SideRow> = {}): SideSaid => ({
  row: phase === undefined ? undefined : { side, phase, ours: true, ...more },
  cleaned: undefined,
})
const judged = (source: string | undefined, target: string | undefined, wish: Partial<Wish> = {}) =>
  judgeStage(
    { source: said('source', source), target: said('target', target) },
    { when: 'finished', giveUpWayBack: true, gone: undefined, ...wish },
  )

test.each([
  [undefined, undefined, { live: 'source', fenced: undefined, guarded: false }],
  [undefined, 'guarded', { live: 'source', fenced: undefined, guarded: true }],
  ['aborted', 'guarded', { live: 'source', fenced: undefined, guarded: true }],
  ['opened', 'committed', { live: 'source', fenced: 'target', guarded: false }],
  ['aborted', 'committed', { live: 'source', fenced: 'target', guarded: false }],
] as const)(
  'source %s, target %s: the source lives, and can be returned to for good',
  (source, target, stage) => {
    expect(judged(source, target, { when: 'abandoned' })).toEqual({ stage })
    expect(judged(source, target)).toMatchObject({ problem: { field: 'when' } })
  },
)

test.each([
  ['committed', 'opened'],
  ['committed', 'aborted'],
])('source %s, target %s: the target lives', (source, target) => {
  expect(judged(source, target)).toEqual({ stage: { live: 'target', fenced: 'source', guarded: false } })
  expect(judged(source, target, { when: 'abandoned' })).toMatchObject({ problem: { field: 'when' } })
})

test.each([
  ['paused', 'guarded'],
  ['fenced', 'guarded'],
  ['committed', 'paused'],
  ['committed', 'guarded'],
  ['committed', 'committed'],
  ['aborted', 'opened'],
  [undefined, 'opened'],
  ['dreaming', 'guarded'],
])('source %s, target %s: nothing is removed, whatever is wished', (source, target) => {
  for (const when of ['finished', 'abandoned'] as const)
    expect(judged(source, target, { when })).toMatchObject({ problem: { field: 'decision' } })
})

test('a way back is not ended unless that is said', () => {
  const wish = { giveUpWayBack: false }
  expect(judged('committed', 'opened', wish)).toMatchObject({ problem: { field: 'give-up-way-back' } })
  expect(judged('opened', 'committed', { ...wish, when: 'abandoned' })).toMatchObject({
    problem: { field: 'give-up-way-back' },
  })
  // There is none before a cutover.
  expect(judged('aborted', 'guarded', { ...wish, when: 'abandoned' })).toHaveProperty('stage')
})

test('a row of another server, or of the other side, is nobody’s to act on', () => {
  for (const more of [{ ours: false }, { side: 'target' }])
    expect(
      judgeStage(
        { source: said('source', 'committed', more), target: said('target', 'opened') },
        { when: 'finished', giveUpWayBack: true, gone: undefined },
      ),
    ).toMatchObject({ problem: { field: 'source' } })
})

test('a server that is gone is not asked, and is the one that nobody needs', () => {
  expect(judged(undefined, 'opened', { gone: 'source' })).toEqual({
    stage: { live: 'target', fenced: undefined, guarded: false },
  })
  expect(judged('aborted', undefined, { gone: 'target', when: 'abandoned' })).toEqual({
    stage: { live: 'source', fenced: undefined, guarded: false },
  })
  expect(judged('committed', undefined, { gone: 'target', when: 'abandoned' })).toMatchObject({
    problem: { field: 'decision' },
  })
})

test('a target that keeps no row any more is remembered by the source’s journal', () => {
  const wish = { when: 'finished', giveUpWayBack: true, gone: undefined } as const
  const source = { ...said('source', 'committed'), cleaned: 'finished' as const }
  expect(judgeStage({ source, target: said('target', undefined) }, wish)).toHaveProperty(
    'stage.live',
    'target',
  )
})
