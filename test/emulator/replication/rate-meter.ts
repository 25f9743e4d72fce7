/** Counts per second over the last seconds. */
export interface RateMeter {
  add(amount: number): void
  perSecond(): number
}

const WINDOW_SECONDS = 10

export function createRateMeter(): RateMeter {
  const buckets = new Map<number, number>()
  const second = (): number => Math.floor(Date.now() / 1000)
  return {
    add(amount) {
      const key = second()
      buckets.set(key, (buckets.get(key) ?? 0) + amount)
      for (const old of buckets.keys()) {
        if (old >= key - WINDOW_SECONDS) break
        buckets.delete(old)
      }
    },
    perSecond() {
      const oldest = second() - WINDOW_SECONDS
      let total = 0
      for (const [key, amount] of buckets) if (key > oldest) total += amount
      return total / WINDOW_SECONDS
    },
  }
}
