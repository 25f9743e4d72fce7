import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { picture, type Scene } from './picture.ts'
import { shortStepName } from './step-name.ts'

const scene: Scene = {
  ms: 75_400,
  now: 10_000,
  title: 'Rehearsal',
  step: 'migrating',
  jobs: new Map([
    ['load', { state: 'success', detail: '9.0 s' }],
    ['sync', { state: 'running', detail: 'wait-cdc-sync', since: 6000 }],
    ['cutover', { state: 'expected', detail: '' }],
  ]),
  line: 'waiting: 1 of 3 markers in a row',
  load: '30/30 tables  rows 77,380',
  roundTrip: '38 ms',
  lagBytes: 5000,
  writes: {
    acknowledged: 5835,
    perSecond: 265,
    failed: 0,
    inDoubt: 1,
    refused: 0,
    perSide: { 'source:5001': 5835 },
    longestGapMs: 142.6,
    stale: { state: 'writing', acknowledged: 20, refusals: 0 },
  },
  sides: new Map([
    ['5001', 'source'],
    ['5002', 'target'],
  ]),
}
const shown = (changes: Partial<Scene>, columns = 100): string[] =>
  stripVTControlCharacters(picture({ ...scene, ...changes }, columns))
    .split('\n')
    .map((line) => line.trimEnd())

test('the live view shows jobs, what is printed, and all figures', () => {
  expect(shown({})).toEqual([
    '1:15  Rehearsal',
    ' migrating',
    '',
    ' ✔ load         9.0 s',
    ' ● sync         wait-cdc-sync  4 s',
    '     waiting: 1 of 3 markers in a row',
    ' ○ cutover',
    '',
    ' load       30/30 tables  rows 77,380',
    ' lag        5 kB of WAL   marker’s round trip 38 ms',
    ' writers    265/s   acknowledged 5,835 (source 5,835)',
    '            longest gap 143 ms   in doubt 1   failed 0',
    ' straggler  writing on the source',
  ])
})

test('before anything is known it shows nothing of it', () => {
  const nothing = { load: undefined, lagBytes: undefined, writes: undefined, line: '' }
  expect(shown(nothing).slice(6)).toEqual([''])
})

test('once the target takes writes, there is no lag any more', () => {
  const writes = { ...scene.writes!, perSide: { 'source:5001': 5835, 'target:5002': 1200 } }
  const lines = shown({ writes })
  expect(lines).toContain(' writers    265/s   acknowledged 5,835 (source 5,835, target 1,200)')
  expect(lines.filter((line) => line.startsWith(' lag'))).toEqual([])
})

test('no line is as wide as the terminal', () => {
  const lines = shown({ line: 'x'.repeat(200) }, 40)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40)
  expect(lines).toContain(`     ${'x'.repeat(33)}…`)
})

test.each([
  ['Run aurora-migration/aurora-migration-actions/actions/create-task@0123abc', 'create-task'],
  ['Run actions/checkout@v7', 'checkout'],
  ['Post Run aws-actions/configure-aws-credentials@e6de054', 'configure-aws-credentials (end)'],
  ['Run echo a/b@c d', 'Run echo a/b@c d'],
  ['Full load', 'Full load'],
])('of the step name %j people see %j', (name, short) => {
  expect(shortStepName(name)).toBe(short)
})
