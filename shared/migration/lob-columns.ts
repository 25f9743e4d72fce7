import type { CatalogueColumn } from './catalogue-model.ts'

/** How DMS treats a large value: BLOB counts bytes, CLOB and NCLOB count characters (dms data type tables). */
export type LobKind = 'BLOB' | 'CLOB' | 'NCLOB'

const kinds: Readonly<Record<string, LobKind>> = {
  text: 'NCLOB',
  citext: 'NCLOB',
  json: 'NCLOB',
  jsonb: 'NCLOB',
  hstore: 'NCLOB',
  bytea: 'BLOB',
  xml: 'CLOB',
  tsvector: 'CLOB',
  tsquery: 'CLOB',
  path: 'CLOB',
  polygon: 'CLOB',
}

/**
 * The LOB class that DMS gives a column, or undefined (DMS User Guide, Source data types for PostgreSQL). Arrays and
 * composite types are NCLOB whatever they hold.
 */
export function lobKind(column: CatalogueColumn): LobKind | undefined {
  if (column.isArray || column.typeKind === 'c') return 'NCLOB'
  return kinds[column.baseType]
}

/** Largest value of one LOB column, as DMS counts it. */
export interface LobMaximum {
  readonly schema: string
  readonly table: string
  readonly column: string
  readonly type: string
  readonly kind: LobKind
  /** bigint as text. */
  readonly bytes: string
}

/** Largest limited-mode size that DMS recommends, in KB (DMS User Guide, LOB support). */
export const largestLobKb = 102_400
const smallestLobKb = 32

/**
 * LobMaxSize in KB for limited LOB mode: the smallest power of two, at least 32, that is twice the largest value, so
 * that rows written after the measurement fit too; never over DMS's 102,400.
 */
export function lobMaxKb(largestBytes: bigint): number {
  let kb = smallestLobKb
  while (BigInt(kb) * 1024n < largestBytes * 2n && kb < largestLobKb) kb *= 2
  return Math.min(kb, largestLobKb)
}

/** The largest of all maxima, in bytes; 0 where there are none. */
export function largestLob(maxima: readonly LobMaximum[]): bigint {
  return maxima.reduce((most, { bytes }) => (BigInt(bytes) > most ? BigInt(bytes) : most), 0n)
}

/** What the plan takes: the file's number, or one from the measurement. */
export function decideLobMaxKb(wanted: 'auto' | number, maxima: readonly LobMaximum[]): number {
  return wanted === 'auto' ? lobMaxKb(largestLob(maxima)) : wanted
}

/** Every limit that a plan can have: the file's number, or each that a measurement can lead to. */
export function lobLimits(wanted: 'auto' | number): number[] {
  if (wanted !== 'auto') return [wanted]
  const limits: number[] = []
  for (let kb = smallestLobKb; kb < largestLobKb; kb *= 2) limits.push(kb)
  return [...limits, largestLobKb]
}
