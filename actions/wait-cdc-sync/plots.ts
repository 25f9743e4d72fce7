import { mermaid } from '../../shared/report/markdown.ts'
import type { LatencyPoint, MarkerPoint } from './lag-record.ts'

const bars = 30

/**
 * Two diagrams: round trips of the markers against what is allowed, and CloudWatch's latencies, over the time of the wait.
 * Mermaid spreads values evenly, so the time is cut into equal parts and each shows its worst. Empty without two points. Pure.
 */
export function lagPlots(
  lag: { readonly markers: readonly MarkerPoint[]; readonly latencies: readonly LatencyPoint[] },
  limitMs: number,
): string {
  const markers = chart('marker round trips and what is allowed (ms; blue, red)', 'ms', [
    lag.markers.map(({ atMs, ms }) => ({ atMs, value: ms })),
    lag.markers.map(({ atMs }) => ({ atMs, value: limitMs })),
  ])
  const latencies = chart(
    'CDCLatencySource and CDCLatencyTarget of the slowest task (s; blue, red)',
    'seconds',
    [
      lag.latencies.flatMap(({ atMs, source }) => (source === null ? [] : [{ atMs, value: source }])),
      lag.latencies.flatMap(({ atMs, target }) => (target === null ? [] : [{ atMs, value: target }])),
    ],
  )
  return [markers, latencies].filter((text) => text !== '').join('\n\n')
}

interface Point {
  readonly atMs: number
  readonly value: number
}

function chart(title: string, unit: string, lines: readonly (readonly Point[])[]): string {
  const drawn = lines.filter((line) => line.length >= 2)
  if (drawn.length === 0) return ''
  const times = drawn.flatMap((line) => line.map(({ atMs }) => atMs))
  const from = Math.min(...times)
  const to = Math.max(...times)
  const count = Math.min(bars, Math.max(...drawn.map((line) => line.length)))
  const most = Math.max(1, ...drawn.flatMap((line) => line.map(({ value }) => value)))
  const [divisor, word] = to - from > 7_200_000 ? [3_600_000, 'hours'] : [1000, 'seconds']
  const at = (ms: number) => (ms / divisor).toFixed(1)
  return mermaid(
    [
      'xychart-beta',
      `  title "${title}"`,
      `  x-axis "${word} since the wait began" ${at(from)} --> ${at(Math.max(to, from + 100))}`,
      `  y-axis "${unit}" 0 --> ${Math.ceil(most * 1.1)}`,
      ...drawn.map((line) => `  line [${worstOfParts(line, from, to, count).join(', ')}]`),
    ].join('\n'),
  )
}

/** The worst value of each part of the time; a part without any keeps that of the part before. */
function worstOfParts(line: readonly Point[], from: number, to: number, count: number): number[] {
  const width = Math.max(1, to - from) / count
  let last = line[0]?.value ?? 0
  return Array.from({ length: count }, (_, part) => {
    const inside = line.filter(({ atMs }) => Math.min(count - 1, Math.floor((atMs - from) / width)) === part)
    if (inside.length > 0) last = Math.max(...inside.map(({ value }) => value))
    return Math.round(last * 10) / 10
  })
}
