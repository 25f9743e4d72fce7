import { expect, test } from 'vitest'
import { contradictions, falseClaims } from './claims.ts'
import type { SideTruth, Truth } from './truth.ts'
import type { RunEnd } from './action-runs.ts'

const open = ['shop_app', 'shop_batch']
const side = (phase: string, writable: readonly string[], generation = '1'): SideTruth => ({
  phase,
  generation,
  writable,
})
const before: Truth = { source: side('aborted', open), target: side('guarded', []) }
const closed: Truth = { source: side('committed', []), target: side('guarded', []) }
const after: Truth = { source: side('committed', []), target: side('opened', open) }
const end = (log: string, exitCode: number | null = 1): RunEnd => ({
  exitCode,
  outputs: {},
  summary: '',
  log,
})

test('the three right states contradict nothing', () => {
  for (const truth of [before, closed, after]) expect(contradictions(truth, 'forward')).toEqual([])
})

test('two databases that let write, and one that is closed for nothing, are told', () => {
  expect(
    contradictions({ source: side('committed', ['shop_batch']), target: side('opened', open) }, 'forward'),
  ).toEqual([
    'both databases let applications write',
    'the source is past its commit point and lets shop_batch write',
  ])
  expect(contradictions({ source: side('paused', []), target: side('guarded', []) }, 'forward')).toEqual([
    'no commit point was passed, and the source is closed',
  ])
  expect(contradictions({ source: side('committed', []), target: side('opened', []) }, 'forward')).toEqual([
    'the row of the target says opened, and it is closed',
  ])
})

test('in the other direction the sides are exchanged', () => {
  const back: Truth = { source: side('opened', open, '2'), target: side('committed', [], '2') }
  expect(contradictions(back, 'back')).toEqual([])
  const split: Truth = { ...back, target: side('committed', open, '2') }
  expect(contradictions(split, 'back')).toContain(
    'the target is past its commit point and lets shop_app, shop_batch write',
  )
})

test('what a run says must be so', () => {
  expect(falseClaims(end('The source is as it was.'), before, 'forward')).toEqual([])
  expect(falseClaims(end('The source is as it was.'), closed, 'forward')).toHaveLength(1)
  expect(falseClaims(end('the target is open'), closed, 'forward')).toHaveLength(1)
  expect(falseClaims(end('the target is open', 0), after, 'forward')).toEqual([])
  expect(falseClaims({ ...end('', 0), outputs: { state: 'opened' } }, closed, 'forward')).toHaveLength(1)
})
