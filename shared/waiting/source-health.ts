import * as z from 'zod'

/** The one JSON object that read-source-health.sql gives. */
export const sourceHealthShape = z.object({
  /** Milliseconds since the epoch by the source's clock. */
  at: z.number(),
  walLsn: z.string(),
  /** Without pg_monitor the transactions of others cannot be seen. */
  mayMonitor: z.boolean(),
  slots: z.array(
    z.object({
      name: z.string(),
      active: z.boolean(),
      confirmedLsn: z.string().nullable(),
      retainedBytes: z.string().nullable(),
      /** `reserved`, `extended`, `unreserved`, `lost`. */
      walStatus: z.string().nullable(),
      /** Bytes of WAL until max_slot_wal_keep_size takes the slot away; null where there is no such limit. */
      safeBytes: z.string().nullable(),
    }),
  ),
  longest: z
    .object({
      pid: z.number(),
      user: z.string().nullable(),
      application: z.string().nullable(),
      seconds: z.number(),
    })
    .nullable(),
  prepared: z.object({ count: z.number(), seconds: z.number() }),
})

/** Logical slots of the database, the position of the log, and the transactions that hold capture up. */
export type SourceHealth = z.infer<typeof sourceHealthShape>
export type SlotHealth = SourceHealth['slots'][number]

/** The slot that DMS made for a task: it begins with the first 16 characters of the task's external id, in lower case. */
export function slotOfTask(slots: readonly SlotHealth[], externalTaskId: string): SlotHealth | undefined {
  const prefix = externalTaskId.slice(0, 16).toLowerCase()
  return slots.find(({ name }) => name.startsWith(prefix))
}

/** Bytes between two positions of the log such as `16/B374D848`. */
export function lsnDistance(from: string, to: string): bigint {
  return lsnValue(to) - lsnValue(from)
}

function lsnValue(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/** WAL that the slot which lags most keeps back, in bytes. */
export function retainedBytes(health: SourceHealth): bigint {
  return health.slots.reduce((most, { retainedBytes: bytes }) => {
    const value = BigInt(bytes ?? '0')
    return value > most ? value : most
  }, 0n)
}

export interface WalDeadline {
  /** Bytes of WAL a second, between two looks. */
  readonly bytesPerSecond: number
  /** Seconds between the two looks: a rate over a short time says little. */
  readonly seconds: number
  /** Hours until the source's storage or a slot's limit is used up; null: no limit is known, or nothing is written. */
  readonly hoursLeft: number | null
}

/** From two looks and the free storage in bytes (null: not known), how long the slots may stand still. Pure. */
export function walDeadline(first: SourceHealth, last: SourceHealth, freeBytes: number | null): WalDeadline {
  const seconds = (last.at - first.at) / 1000
  const written = Number(lsnDistance(first.walLsn, last.walLsn))
  const bytesPerSecond = seconds > 0 ? written / seconds : 0
  const limits = [
    ...last.slots.flatMap(({ safeBytes }) => (safeBytes === null ? [] : [Number(safeBytes)])),
    ...(freeBytes === null ? [] : [freeBytes]),
  ]
  if (limits.length === 0 || bytesPerSecond <= 0) return { bytesPerSecond, seconds, hoursLeft: null }
  return { bytesPerSecond, seconds, hoursLeft: Math.max(0, Math.min(...limits)) / bytesPerSecond / 3600 }
}
