/** One run or job that holds, or waits for, a concurrency group. */
interface Member {
  cancel(reason: string): void
}

interface Group {
  running: Member
  pending: (Member & { start(): void })[]
}

/** How a `concurrency:` key wants to be treated. */
export interface ConcurrencyRequest {
  readonly group: string
  readonly cancelInProgress: boolean
  /** `single`: a newcomer cancels whoever waits already; `max`: everyone waits in order. */
  readonly queue: 'single' | 'max'
}

/**
 * Lets one run or job of a group go on at a time, as GitHub does: one may wait, a newcomer takes its place.
 * Names are compared without regard to case.
 */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>()

  /**
   * Waits for the group. `cancel` is called when a newcomer pushes this member out, waiting or running. Resolves with
   * the function that leaves the group, or with undefined when the member was cancelled while it waited.
   */
  async enter(
    request: ConcurrencyRequest,
    cancel: (reason: string) => void,
    signal: AbortSignal,
  ): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined
    const key = request.group.toLowerCase()
    const group = this.#groups.get(key)
    if (group === undefined) {
      this.#groups.set(key, { running: { cancel }, pending: [] })
      return () => this.#leave(key)
    }
    if (request.queue === 'single') {
      for (const waiting of group.pending.splice(0)) {
        waiting.cancel(`Canceling since a higher priority waiting request for '${request.group}' exists`)
      }
    }
    if (request.cancelInProgress) {
      group.running.cancel(`Canceling since a higher priority waiting request for '${request.group}' exists`)
    }
    const turn = Promise.withResolvers<boolean>()
    const member = {
      start: () => turn.resolve(true),
      cancel: (reason: string) => {
        cancel(reason)
        turn.resolve(false)
      },
    }
    const giveUp = (): void => {
      group.pending = group.pending.filter((one) => one !== member)
      turn.resolve(false)
    }
    group.pending.push(member)
    signal.addEventListener('abort', giveUp, { once: true })
    const mine = await turn.promise
    signal.removeEventListener('abort', giveUp)
    if (!mine) return undefined
    group.running = { cancel }
    return () => this.#leave(key)
  }

  #leave(key: string): void {
    const next = this.#groups.get(key)?.pending.shift()
    if (next === undefined) this.#groups.delete(key)
    else next.start()
  }
}
