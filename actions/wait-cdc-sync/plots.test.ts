import { expect, test } from 'vitest'
import { LagRecord } from './lag-record.ts'
import { lagPlots } from './plots.ts'

const lines = (text: string) =>
  [...text.matchAll(/line \[(.*)\]/gu)].map(([, values = '']) => values.split(', ').map(Number))

test('nothing is drawn from a single point', () => {
  expect(lagPlots({ markers: [{ atMs: 5, ms: 7, arrived: true }], latencies: [] }, 1000)).toBe('')
})

test('a spike of one marker among hundreds is in the plot, beside what is allowed', () => {
  const markers = Array.from({ length: 300 }, (_, index) => ({
    atMs: index * 1000,
    ms: index === 151 ? 9000 : 20,
    arrived: true,
  }))
  const text = lagPlots({ markers, latencies: [] }, 1000)
  const [trips = [], allowed = []] = lines(text)
  expect(trips).toHaveLength(30)
  expect(trips.filter((ms) => ms === 9000)).toHaveLength(1)
  expect(allowed.every((ms) => ms === 1000)).toBe(true)
  expect(text).toContain('x-axis "seconds since the wait began" 0.0 --> 299.0')
})

test('latencies that CloudWatch did not have are left out, not drawn as zero', () => {
  const latencies = [
    { atMs: 0, source: 5, target: null },
    { atMs: 60_000, source: null, target: null },
    { atMs: 120_000, source: 7, target: null },
  ]
  expect(lines(lagPlots({ markers: [], latencies }, 1000))).toEqual([[5, 7]])
})

test('a wait of days keeps a bounded number of points, from its whole time', () => {
  const lag = new LagRecord()
  for (let minute = 0; minute < 5000; minute += 1)
    lag.addMarker({ atMs: minute * 60_000, ms: 10, arrived: true })
  expect(lag.markers.length).toBeLessThanOrEqual(400)
  expect(lag.markers[0]?.atMs).toBe(0)
  expect(lag.markers.at(-1)?.atMs).toBeGreaterThan(4900 * 60_000)
  expect(lagPlots(lag, 1000)).toContain('hours since the wait began')
})

test('CloudWatch is asked once a minute', () => {
  const lag = new LagRecord()
  const tasks = new Map([
    ['a', { latencySource: { value: 3, ageSeconds: 1 }, latencyTarget: null, incomingChanges: null }],
    ['b', { latencySource: { value: 8, ageSeconds: 1 }, latencyTarget: null, incomingChanges: null }],
  ])
  expect(lag.isDue(0)).toBe(true)
  lag.addMetrics(0, { tasks, freeBytes: null, failure: undefined })
  expect(lag.latencies).toEqual([{ atMs: 0, source: 8, target: null }])
  expect(lag.isDue(59_999)).toBe(false)
  expect(lag.isDue(60_000)).toBe(true)
})
