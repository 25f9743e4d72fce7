import { describe, expect, it } from 'vitest'
import { bucketsOf, statistic, unitOf } from './statistics.ts'

describe('bucketsOf', () => {
  it('aligns periods to round times and leaves out the empty ones', () => {
    const points = [61_000, 119_000, 240_000].map((at, value) => ({ at, value }))
    expect(bucketsOf(points, 60_000)).toEqual([
      { at: 60_000, values: [0, 1] },
      { at: 240_000, values: [2] },
    ])
  })
})

describe('statistic', () => {
  it.each([
    ['Average', 2.5],
    ['Sum', 10],
    ['Minimum', 1],
    ['Maximum', 4],
    ['SampleCount', 4],
    ['p50', 2],
    ['p100', 4],
  ])('%s', (name, expected) => {
    expect(statistic([4, 1, 3, 2], name)).toBe(expected)
  })

  it('refuses what it does not know', () => {
    expect(() => statistic([1], 'TM(10%:90%)')).toThrow('not known here')
  })
})

it.each([
  ['CDCLatencySource', 'Seconds'],
  ['FreeStorageSpace', 'Bytes'],
  ['MemoryUsage', 'Megabytes'],
  ['CDCIncomingChanges', 'Count'],
  ['CDCChangesMemorySource', 'Count'],
  ['FullLoadThroughputBandwidthTarget', 'Kilobytes/Second'],
])('%s is counted in %s', (name, unit) => {
  expect(unitOf(name)).toBe(unit)
})
