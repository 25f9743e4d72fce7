import type { Progress } from './progress.ts'

/** How much longer the load takes; `unknown` rather than a guess, with the reason. */
export type Eta =
  | { readonly kind: 'range'; readonly lowMs: number; readonly highMs: number }
  | { readonly kind: 'unknown'; readonly reason: string }

export interface Pace {
  /** Over the last five minutes; null before there are two looks a second apart. */
  readonly rowsPerSecond: number | null
  readonly eta: Eta
}

/** Rates are taken over slices of the recent past: within one, a load goes in bursts. */
const sliceMs = 30_000
const fewestSlices = 3
const recentMs = 900_000
const smoothMs = 300_000
/** Recent rates further apart than this say nothing of the future. */
const widestSpread = 10

/**
 * Rate and time left from the looks so far. The range is what remains at the fastest and the slowest tenth of the recent
 * slices, and never less than the slowest table in load takes alone. Pure.
 */
export function paceOf(samples: readonly Progress[]): Pace {
  return { rowsPerSecond: recentRate(samples), eta: etaOf(samples) }
}

function recentRate(samples: readonly Progress[]): number | null {
  const last = samples.at(-1)
  if (last === undefined) return null
  const first = samples.find(({ elapsedMs }) => elapsedMs >= last.elapsedMs - smoothMs)
  const ms = last.elapsedMs - (first?.elapsedMs ?? last.elapsedMs)
  return first === undefined || ms < 1000 ? null : Math.max(0, (1000 * (last.rows - first.rows)) / ms)
}

function etaOf(samples: readonly Progress[]): Eta {
  const last = samples.at(-1)
  const unknown = (reason: string): Eta => ({ kind: 'unknown', reason })
  if (last === undefined || last.bytes === null || last.totalBytes === null)
    return unknown('the sizes of the tables are not known')
  const left = last.totalBytes - last.bytes
  if (left <= 0) return unknown('the tables have grown beyond the sizes read at the start')
  const rates = byteRates(samples, last)
  if (rates.length < fewestSlices)
    return unknown(`there is no more than ${(rates.length * sliceMs) / 1000} s to tell by yet`)
  const slow = quantile(rates, 0.1)
  const fast = quantile(rates, 0.9)
  if (slow <= 0 || fast / slow > widestSpread)
    return unknown('the load goes too unevenly; tables that were never analysed count when they are done')
  const own = last.longestMs ?? 0
  if (own === Number.POSITIVE_INFINITY)
    return unknown(
      'a table has more rows than its statistics say: ANALYZE it on the source for a better estimate',
    )
  return { kind: 'range', lowMs: Math.max(left / fast, own), highMs: Math.max(left / slow, own) }
}

/** Bytes a millisecond in each recent slice. */
function byteRates(samples: readonly Progress[], last: Progress): number[] {
  const rates: number[] = []
  let from: Progress | undefined
  for (const sample of samples) {
    if (sample.elapsedMs < last.elapsedMs - recentMs || sample.bytes === null) continue
    from ??= sample
    const ms = sample.elapsedMs - from.elapsedMs
    if (ms < sliceMs) continue
    rates.push((sample.bytes - (from.bytes ?? 0)) / ms)
    from = sample
  }
  return rates
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0
}

/** `ETA 35–50 min`, `ETA 2.5–4 h`, `ETA unknown`. */
export function etaText(eta: Eta): string {
  if (eta.kind === 'unknown') return 'ETA unknown'
  const minutes = [Math.floor(eta.lowMs / 60_000), Math.ceil(eta.highMs / 60_000)] as const
  if (minutes[1] <= 1) return 'ETA under 1 min'
  if (minutes[1] < 120) return `ETA ${minutes[0]}–${Math.max(minutes[1], minutes[0] + 1)} min`
  const hours = [Math.floor(eta.lowMs / 360_000) / 10, Math.ceil(eta.highMs / 360_000) / 10] as const
  return `ETA ${hours[0]}–${Number(Math.max(hours[1], hours[0] + 0.1).toFixed(1))} h`
}
