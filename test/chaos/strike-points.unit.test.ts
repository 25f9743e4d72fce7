import { expect, test } from 'vitest'
import { caseName } from './chaos-case.ts'
import { matrixOf, sampleOf, shardOf, strikePoints } from './strike-points.ts'

const sent = [
  ...Array.from({ length: 30 }, (_, index) => ({ place: 'source' as const, text: `statement ${index}` })),
  { place: 'source' as const, text: 'commit' },
  { place: 'target' as const, text: 'commit' },
  { place: 'source' as const, text: 'commit' },
]
const cases = matrixOf({ direction: 'forward', stage: 'loaded', abort: true }, strikePoints(sent))

test('a message that is sent twice to one place is two points, each with two halves', () => {
  const commits = strikePoints(sent).filter(({ text }) => text === 'commit')
  expect(commits.map(({ place, occurrence, half }) => `${place} ${occurrence} ${half}`)).toEqual([
    'source 1 before',
    'source 1 after',
    'target 1 before',
    'target 1 after',
    'source 2 before',
    'source 2 after',
  ])
})

test('every point is struck in every way, and a few for long', () => {
  const short = cases.filter(({ blow }) => !blow.startsWith('long'))
  expect(short).toHaveLength(33 * 2 * 3 * 3)
  expect(new Set(cases.map(caseName)).size).toBe(cases.length)
  const long = cases.length - short.length
  expect(long).toBeGreaterThan(0)
  expect(long).toBeLessThan(short.length / 4)
})

test('without an abort job there is none in the matrix', () => {
  const without = matrixOf({ direction: 'forward', stage: 'loaded', abort: false }, strikePoints(sent))
  expect(without.some(({ aftermath }) => aftermath === 'abort')).toBe(false)
})

test('the shards together are the whole, and share nothing', () => {
  const parts = [1, 2, 3].map((index) => shardOf(cases, index, 3))
  expect(parts.flat()).toHaveLength(cases.length)
  expect(new Set(parts.flat().map(caseName)).size).toBe(cases.length)
  for (const part of parts) expect(part.length).toBeGreaterThan(cases.length / 5)
})

test('a sample is always the same, and has each kind', () => {
  const sample = sampleOf(cases, 26)
  expect(sampleOf(cases, 26)).toEqual(sample)
  expect(new Set(sample).size).toBe(26)
  expect(new Set(sample.map(({ blow }) => blow)).size).toBe(5)
  expect(sampleOf(cases, 100_000)).toHaveLength(cases.length)
})
