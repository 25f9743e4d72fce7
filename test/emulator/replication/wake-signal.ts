/** Lets a loop sleep until there is something to do. */
export interface WakeSignal {
  wake(): void
  /** Resolves at the next wake(), at once if one came since the last wait, or after `ms`. */
  wait(ms?: number): Promise<void>
}

export function createWakeSignal(): WakeSignal {
  let pending = false
  let waiting: (() => void) | null = null
  return {
    wake() {
      pending = true
      waiting?.()
    },
    async wait(ms) {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
          waiting = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        waiting = null
      }
      pending = false
    },
  }
}
