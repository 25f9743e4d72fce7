import type { LobMaximum } from './lob-columns.ts'

/** Largest limited-mode size that DMS recommends, in KB (DMS User Guide, LOB support). */
export const largestLobKb = 102_400
const smallestLobKb = 32

/**
 * LobMaxSize in KB for limited LOB mode: the smallest power of two, at least 32, that is twice the largest value, so
 * that rows written after the measurement fit too; never over DMS's 102,400.
 */
export function lobMaxKb(largestBytes: bigint): number {
  return limitFor(largestBytes * 2n)
}

/**
 * A table's own limit in KB (`bulk-max-size`). DMS turns the LOBs of such a table into a binary form and asks for three
 * times the largest (DMS User Guide, Table settings, LOB settings); twice that leaves room to grow.
 */
export function tableLobMaxKb(largestBytes: bigint): number {
  return limitFor(largestBytes * 6n)
}

/** True where a table's own limit can be large enough for it: three times its largest value, within DMS's 102,400 KB. */
export function fitsTableLimit(largestBytes: bigint): boolean {
  return largestBytes * 3n <= BigInt(largestLobKb) * 1024n
}

function limitFor(bytes: bigint): number {
  let kb = smallestLobKb
  while (BigInt(kb) * 1024n < bytes && kb < largestLobKb) kb *= 2
  return Math.min(kb, largestLobKb)
}

/** The largest of all maxima, in bytes; 0 where there are none. */
export function largestLob(maxima: readonly Pick<LobMaximum, 'bytes'>[]): bigint {
  return maxima.reduce((most, { bytes }) => (BigInt(bytes) > most ? BigInt(bytes) : most), 0n)
}

/** Every limit that a plan can have: the file's number, or each that a measurement can lead to. */
export function lobLimits(wanted: 'auto' | number): number[] {
  if (wanted !== 'auto') return [wanted]
  const limits: number[] = []
  for (let kb = smallestLobKb; kb < largestLobKb; kb *= 2) limits.push(kb)
  return [...limits, largestLobKb]
}
