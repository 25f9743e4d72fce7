/** MaxFullLoadSubTasks: tables and segments that are loaded at the same time, together. */
export interface SubTasks {
  /** Waits for room; the result gives it back. Null when `unwanted` was aborted first. */
  take(unwanted?: AbortSignal): Promise<(() => void) | null>
}

export function createSubTasks(most: number): SubTasks {
  let free = most
  const waiting: (() => void)[] = []

  function release(): void {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }

  return {
    async take(unwanted) {
      if (unwanted?.aborted) return null
      if (free > 0) {
        free -= 1
        return release
      }
      return new Promise((resolve) => {
        const give = (): void => {
          unwanted?.removeEventListener('abort', leave)
          resolve(release)
        }
        const leave = (): void => {
          waiting.splice(waiting.indexOf(give), 1)
          resolve(null)
        }
        waiting.push(give)
        unwanted?.addEventListener('abort', leave, { once: true })
      })
    },
  }
}
