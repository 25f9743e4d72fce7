import { expect, test } from 'vitest'
import { countObjects } from './compare-objects.ts'
import { finishingLines } from './finishing-lines.ts'

const views = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ kind: 'view', name: `s.v${number}` }))

test('counts of both sides, and names of what only one side has', () => {
  const counts = countObjects(
    [...views(8), { kind: 'table', name: 's.t' }],
    [
      { kind: 'table', name: 's.t' },
      { kind: 'function', name: 's.f()' },
    ],
  )
  expect(counts.map(({ kind, source, target }) => [kind, source, target])).toEqual([
    ['function', 0, 1],
    ['table', 1, 1],
    ['view', 8, 0],
  ])
  const lines = finishingLines({ state: 'planned', changes: [], resumed: ['task-1'], objects: counts })
  expect(lines).toEqual([
    'would start the task task-1 again (resume-processing)',
    'function: 0 on the source, 1 on the target; only on the target: s.f()',
    'view: 8 on the source, 0 on the target; only on the source: s.v0, s.v1, s.v2, s.v3, s.v4 and 3 more',
  ])
})
