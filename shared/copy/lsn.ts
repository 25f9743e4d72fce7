/** An LSN as a number; never a JavaScript number, since it has 64 bits. Throws TypeError for anything else. */
export function parseLsn(text: string): bigint {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/u.exec(text) ?? []
  if (high === undefined || low === undefined) throw new TypeError(`${text} is no LSN`)
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

/** As PostgreSQL writes it. */
export function formatLsn(lsn: bigint): string {
  const hex = (half: bigint): string => half.toString(16).toUpperCase()
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`
}

/**
 * Where change capture begins after a restore whose log says that its last replayed record began at `redoDone`: one
 * byte later. That record is in the copy; whatever commits after it is not (PostgreSQL, xlogrecovery.c, ReadRecPtr).
 */
export function afterRecord(redoDone: string): string {
  return formatLsn(parseLsn(redoDone) + 1n)
}
