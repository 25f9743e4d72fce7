/** Work of a table or a group, as shares of the whole. */
export interface Work {
  /** Bytes to load, 0 to 1. */
  readonly load: number
  /** Writes to carry, 0 to 1. */
  readonly change: number
  readonly count: number
}

/**
 * Spreads items over bins, the largest first and each to the bin that it fills least, measured by the larger of its two
 * shares: a task is as late as the one that it is worst at (longest-processing-time rule). Ties go to the bin with less
 * in all, then with fewer tables, then to the first: the items' order decides nothing but between equals. Pure.
 */
export function balance<T>(items: readonly T[], bins: number, workOf: (item: T) => Work): T[][] {
  const filled = Array.from({ length: bins }, () => ({ items: [] as T[], load: 0, change: 0, count: 0 }))
  const sized = items
    .map((item, index) => ({ item, index, work: workOf(item) }))
    .sort((a, b) => compare(size(b.work), size(a.work)) || a.index - b.index)
  for (const { item, work } of sized) {
    const after = (bin: Work) =>
      size({ load: bin.load + work.load, change: bin.change + work.change, count: bin.count + work.count })
    const best = filled.reduce((least, bin) => (compare(after(bin), after(least)) < 0 ? bin : least))
    best.items.push(item)
    best.load += work.load
    best.change += work.change
    best.count += work.count
  }
  return filled.map((bin) => bin.items)
}

/** What is compared first, second and third. */
function size({ load, change, count }: Work): [number, number, number] {
  return [Math.max(load, change), load + change, count]
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, place) => value !== b[place])
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0)
}
