import { describe, expect, test } from 'vitest'
import { difference } from './killed-cell.ts'
import { pointsOf, type Sent } from './killed-points.ts'

const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`)
const sent: Sent = {
  source: texts(4),
  target: texts(2),
  aws: texts(1),
  'source-reads': texts(7),
  'target-reads': [],
  'aws-reads': texts(1),
}
const words = (points: ReturnType<typeof pointsOf>) =>
  points.map(({ kind, at, half }) => `${half} ${kind} ${at}`)

describe('the points at which a run is killed', () => {
  test('all: after everything that may change something, before some of it, and at some reads', () => {
    expect(words(pointsOf(sent, 'all'))).toEqual([
      'before source 1',
      'after source 1',
      'after source 2',
      'after source 3',
      'before source 4',
      'after source 4',
      'before target 1',
      'after target 1',
      'after target 2',
      'before aws 1',
      'after aws 1',
      'before source-reads 1',
      'before source-reads 7',
      'before aws-reads 1',
    ])
  })

  test('a sample has the first and the last of each kind that changes something, then others', () => {
    const sample = words(pointsOf(sent, { most: 8, seed: 1 }))
    expect(sample.slice(0, 6)).toEqual([
      'before source 1',
      'after source 4',
      'before target 1',
      'after target 2',
      'before aws 1',
      'after aws 1',
    ])
    expect(new Set(sample).size).toBe(8)
    expect(words(pointsOf(sent, { most: 8, seed: 1 }))).toEqual(sample)
    expect(pointsOf(sent, { most: 2, seed: 1 })).toHaveLength(2)
  })
})

test('two states differ in lines that only one has, and in how often', () => {
  expect(difference(['a', 'b', 'b'], ['b', 'a', 'b'])).toEqual([])
  expect(difference(['a', 'b', 'b'], ['a', 'b', 'c'])).toEqual(['- b', '+ c'])
})
