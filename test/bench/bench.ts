/** What one bench measured: medians of pairs that were taken in turn, in the same process run. */
export interface Measurement {
  /** Key in results.json. */
  readonly name: string
  readonly unit: string
  /** Each run's pair, in the order in which they were measured. */
  readonly runs: readonly Pair[]
  /**
   * Bound of the ratio of medians. `at-most` where ours/reference must stay below (time), `at-least` where it must
   * reach it (throughput); undefined where it is only reported.
   */
  readonly target?: { readonly kind: 'at-most' | 'at-least'; readonly ratio: number }
  /** What a reader of the numbers must know besides. */
  readonly note?: string
}

/** One measurement of ours and one of the reference, in the measurement's unit. */
export interface Pair {
  readonly ours: number
  readonly reference: number
}

export interface BenchOptions {
  /** Pairs to measure; undefined leaves it to the bench. */
  readonly runs: number | undefined
  readonly signal: AbortSignal
  /** For progress; never inside what is timed. */
  readonly log: (line: string) => void
}

/** A bench gives one measurement or several that share their servers. */
export type Bench = (options: BenchOptions) => Promise<readonly Measurement[]>

/**
 * Measures both sides in turn, `runs` times, after one pair that does not count (cold disk, cold caches). Which side
 * goes first changes from pair to pair, so that a machine that gets slower or faster favours neither.
 */
export async function alternate(
  runs: number,
  sides: { ours: () => Promise<number>; reference: () => Promise<number> },
  signal: AbortSignal,
): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let index = -1; index < runs; index += 1) {
    signal.throwIfAborted()
    const pair = index % 2 === 0 ? await oursFirst(sides) : await referenceFirst(sides)
    if (index >= 0) pairs.push(pair)
  }
  return pairs
}

async function oursFirst(sides: Parameters<typeof alternate>[1]): Promise<Pair> {
  const ours = await sides.ours()
  return { ours, reference: await sides.reference() }
}

async function referenceFirst(sides: Parameters<typeof alternate>[1]): Promise<Pair> {
  const reference = await sides.reference()
  return { ours: await sides.ours(), reference }
}
