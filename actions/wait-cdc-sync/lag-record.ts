import type { MetricSight } from '../../shared/waiting/task-metrics.ts'

/** A marker of the wait: when it was written or last looked for, and how long it took. */
export interface MarkerPoint {
  /** Milliseconds since the wait began. */
  readonly atMs: number
  readonly ms: number
  /** False: it was still under way. */
  readonly arrived: boolean
}

export interface LatencyPoint {
  readonly atMs: number
  /** The worst task's, in seconds; null where CloudWatch had no point. */
  readonly source: number | null
  readonly target: number | null
}

const mostPoints = 400
/** CloudWatch has a point a minute. */
const sampleEveryMs = 60_000

/** What a wait saw of markers and latencies, over its time; for a wait of days every second point is forgotten again. */
export class LagRecord {
  #markers: MarkerPoint[] = []
  #latencies: LatencyPoint[] = []
  #lastSample: number | undefined

  get markers(): readonly MarkerPoint[] {
    return this.#markers
  }

  get latencies(): readonly LatencyPoint[] {
    return this.#latencies
  }

  addMarker(point: MarkerPoint): void {
    this.#markers = thinned([...this.#markers, point])
  }

  /** Whether it is time to ask CloudWatch again. */
  isDue(atMs: number): boolean {
    return this.#lastSample === undefined || atMs - this.#lastSample >= sampleEveryMs
  }

  addMetrics(atMs: number, sight: MetricSight): void {
    this.#lastSample = atMs
    const tasks = [...sight.tasks.values()]
    const worst = (points: (number | undefined)[]) => {
      const known = points.filter((value) => value !== undefined)
      return known.length === 0 ? null : Math.max(...known)
    }
    const point = {
      atMs,
      source: worst(tasks.map(({ latencySource }) => latencySource?.value)),
      target: worst(tasks.map(({ latencyTarget }) => latencyTarget?.value)),
    }
    this.#latencies = thinned([...this.#latencies, point])
  }
}

function thinned<T>(points: T[]): T[] {
  return points.length <= mostPoints ? points : points.filter((_, index) => index % 2 === 0)
}
