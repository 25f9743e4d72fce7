import { z } from 'zod'
import { ConnectionFault, TableFault, TaskFault, TaskStop } from './replication/job-contract.ts'
import { AwsError } from './protocol/aws-error.ts'

const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
  z.strictObject({
    kind: z.literal('error'),
    name: z.string(),
    message: z.string(),
    status: z.number().int().optional(),
  }),
  /** Refuses this share of the calls, evenly spread: 0.5 refuses every second one. */
  z.strictObject({ kind: z.literal('throttle'), ratio: z.number().min(0).max(1) }),
  /** Destroys the connection, before (the default) or after the operation took effect. */
  z.strictObject({ kind: z.literal('cut'), when: z.enum(['before', 'after']).optional() }),
  z.strictObject({ kind: z.literal('table-error'), message: z.string() }),
  z.strictObject({ kind: z.literal('fail-task'), message: z.string() }),
  /** The task stops by itself, with a reason such as `Stop Reason STOPPED_DUE_TO_LOW_DISK`. */
  z.strictObject({ kind: z.literal('stop-task'), reason: z.string() }),
  /** Waits until the faults are cleared. */
  z.strictObject({ kind: z.literal('hold') }),
])

export const faultSchema = z.strictObject({
  /** An API operation (`StartReplicationTask`) or a point of the row mover (`cdc:apply`); absent means every API operation. */
  operation: z.string().optional(),
  /** Text that the request, or the point's detail (`schema.table`, or an LSN), must contain. */
  match: z.string().optional(),
  /** How often it strikes; absent means always. */
  times: z.number().int().min(1).optional(),
  /** How many occasions pass unharmed first. */
  after: z.number().int().min(0).optional(),
  effect: effectSchema,
})

export type Fault = z.infer<typeof faultSchema>
export type FaultEffect = z.infer<typeof effectSchema>

interface Armed {
  readonly fault: Fault
  seen: number
  struck: number
}

const movesRows = (operation: string): boolean => operation.includes(':')

/** The injected faults of this run; they do not survive a restart. */
export class FaultPlan {
  #armed: Armed[] = []
  #released = Promise.withResolvers<void>()

  add(fault: Fault): void {
    this.#armed.push({ fault, seen: 0, struck: 0 })
  }

  /** Removes all faults, or those of one operation, and lets go whatever any of them holds. */
  clear(operation?: string): void {
    this.#armed = this.#armed.filter(({ fault }) => operation !== undefined && fault.operation !== operation)
    this.#released.resolve()
    this.#released = Promise.withResolvers()
  }

  /** The effects that strike on this occasion, counted as used. */
  strike(operation: string, detail: string): FaultEffect[] {
    const effects: FaultEffect[] = []
    for (const armed of this.#armed) {
      const { fault } = armed
      if (fault.operation === undefined ? movesRows(operation) : fault.operation !== operation) continue
      if (fault.match !== undefined && !detail.includes(fault.match)) continue
      armed.seen++
      const turn = armed.seen - (fault.after ?? 0)
      if (turn <= 0 || armed.struck >= (fault.times ?? Infinity)) continue
      if (fault.effect.kind === 'throttle') {
        const { ratio } = fault.effect
        if (Math.floor(turn * ratio) === Math.floor((turn - 1) * ratio)) continue
      }
      armed.struck++
      effects.push(fault.effect)
    }
    return effects
  }

  /** Resolves when the faults are next cleared. */
  hold(): Promise<void> {
    return this.#released.promise
  }

  /** The hook of the row mover: waits, or throws TableFault, TaskFault, TaskStop or (for `error` and `cut`) ConnectionFault. */
  async atPoint(point: string, detail: string): Promise<void> {
    for (const effect of this.strike(point, detail)) {
      switch (effect.kind) {
        case 'delay':
          await new Promise((resolve) => setTimeout(resolve, effect.ms))
          break
        case 'hold':
          await this.hold()
          break
        case 'table-error':
          throw new TableFault(effect.message)
        case 'fail-task':
          throw new TaskFault(effect.message)
        case 'stop-task':
          throw new TaskStop(effect.reason)
        case 'error':
          throw new ConnectionFault(effect.message)
        case 'cut':
          throw new ConnectionFault('the connection was cut')
        case 'throttle':
          break
      }
    }
  }

  /**
   * What happens to an API call before it runs: waits, throws AwsError, or says where to cut the connection.
   * `throttling` is the code that the protocol uses for "slow down".
   */
  async beforeCall(
    operation: string,
    request: string,
    throttling: string,
  ): Promise<'before' | 'after' | undefined> {
    let cut: 'before' | 'after' | undefined
    for (const effect of this.strike(operation, request)) {
      switch (effect.kind) {
        case 'delay':
          await new Promise((resolve) => setTimeout(resolve, effect.ms))
          break
        case 'hold':
          await this.hold()
          break
        case 'throttle':
          throw new AwsError(throttling, 'Rate exceeded')
        case 'error':
          throw new AwsError(effect.name, effect.message, effect.status ?? 400)
        case 'cut':
          cut = effect.when ?? 'before'
          break
        case 'table-error':
        case 'fail-task':
        case 'stop-task':
          break
      }
    }
    return cut
  }
}
