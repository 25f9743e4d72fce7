import { expect, test } from 'vitest'
import { bottleneck } from './bottleneck.ts'

const metrics = (source: number | null, target: number | null) => {
  const point = (value: number | null) => (value === null ? null : { value, ageSeconds: 61.4 })
  return { latencySource: point(source), latencyTarget: point(target), incomingChanges: null }
}

test.each<[string, number | null, number | null, RegExp]>([
  ['source latency that makes up the target’s', 300, 320, /behind in reading the source .*300 s, 61 s ago/u],
  ['target latency on top of a small one of the source', 2, 320, /behind in writing to the target/u],
  ['no latency at all', 0, 0, /shows no latency/u],
  ['no points', null, null, /has no latencies/u],
  ['half of the points', 5, null, /has no latencies/u],
])('%s', (_, source, target, text) => {
  expect(bottleneck(metrics(source, target), 10)).toMatch(text)
})

test('a task without metrics has no latencies', () => {
  expect(bottleneck(undefined, 10)).toMatch(/has no latencies/u)
})
