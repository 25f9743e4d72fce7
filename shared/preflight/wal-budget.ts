import type { WalRate } from './server-state-facts.ts'

/**
 * Bytes of WAL an hour: the higher one of what was measured just now and of the long average, since a quiet minute must
 * not hide a busy night. Pure.
 */
export function perHour({ bytes, seconds, average }: WalRate): bigint {
  const now = scaled(bytes, seconds)
  const long = average === null ? 0n : scaled(average.bytes, average.seconds)
  return now > long ? now : long
}

/** Whole hours until `room` bytes are full; undefined where nothing is written. */
export function hoursUntil(room: bigint, ratePerHour: bigint): number | undefined {
  return ratePerHour <= 0n ? undefined : Number(room / ratePerHour)
}

/** `3.2 GB`, in powers of 1000. */
export function shownBytes(bytes: bigint): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = Number(bytes)
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

function scaled(bytes: string, seconds: number): bigint {
  // Milliseconds keep the division whole; a measurement shorter than one says nothing.
  const ms = BigInt(Math.max(1, Math.round(seconds * 1000)))
  return (BigInt(bytes) * 3_600_000n) / ms
}
