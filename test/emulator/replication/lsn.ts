/** LSNs are bigints inside the mover and `X/Y` outside. */
export type Lsn = bigint

export const NO_LSN: Lsn = 0n

/** Reads `4AF/B00000D0`. Throws on anything else. */
export function parseLsn(text: string): Lsn {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text.trim())
  if (match === null) throw new Error(`"${text}" is not an LSN such as 4AF/B00000D0`)
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`)
}

/** Writes an LSN as PostgreSQL does. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`
}

/**
 * A CDC start position of the API: a native LSN, or a checkpoint `checkpoint:V1#34#00000132/0F000E48#0#0#*#0#121` whose
 * LSN part counts. Throws on a date: PostgreSQL sources cannot start from a time.
 */
export function parseStartPosition(position: string): Lsn {
  const checkpoint = /^checkpoint:V1#\d+#([0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8})#/.exec(position.trim())
  return parseLsn(checkpoint?.[1] ?? position)
}
