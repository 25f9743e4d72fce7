import { appendFileSync, existsSync, readFileSync } from 'node:fs'

export type Dimensions = Readonly<Record<string, string>>

export interface MetricName {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Dimensions
}

export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly value: number
}

interface Series extends MetricName {
  readonly points: Point[]
}

const longestSeries = 50_000

function keyOf(metric: MetricName): string {
  const dimensions = Object.entries(metric.dimensions).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([metric.namespace, metric.name, dimensions])
}

/** All points ever sampled, in memory and as NDJSON in the state folder. A point becomes visible `delayMs` after its time. */
export class MetricStore {
  readonly #file: string
  readonly #series = new Map<string, Series>()
  readonly #delayMs: () => number

  constructor(file: string, delayMs: () => number) {
    this.#file = file
    this.#delayMs = delayMs
    if (!existsSync(file)) return
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line.endsWith(']')) this.#remember(JSON.parse(line) as [MetricName, Point][])
    }
  }

  add(sample: readonly (readonly [MetricName, Point])[]): void {
    if (sample.length === 0) return
    this.#remember(sample)
    appendFileSync(this.#file, `${JSON.stringify(sample)}\n`)
  }

  /** The visible points of one metric from `from` (inclusive) to `to` (exclusive), in order of time. */
  points(metric: MetricName, from: number, to: number, now: number): Point[] {
    const newest = now - this.#delayMs()
    const all = this.#series.get(keyOf(metric))?.points ?? []
    return all.filter(({ at }) => at >= from && at < to && at <= newest)
  }

  /** Metrics with at least one visible point. */
  names(now: number): MetricName[] {
    const newest = now - this.#delayMs()
    return [...this.#series.values()].filter(({ points }) => points.some(({ at }) => at <= newest))
  }

  #remember(sample: readonly (readonly [MetricName, Point])[]): void {
    for (const [metric, point] of sample) {
      const key = keyOf(metric)
      const series = this.#series.get(key) ?? { ...metric, points: [] }
      this.#series.set(key, series)
      series.points.push(point)
      if (series.points.length > longestSeries) series.points.shift()
    }
  }
}
