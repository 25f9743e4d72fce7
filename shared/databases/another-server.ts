import { randomBytes } from 'node:crypto'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { seesLockStatement } from './statements.ts'

/**
 * Proves that two sessions are on two servers: the source holds an advisory lock that nobody else can know of, and the
 * other one must not see it. Neither the system identifier tells them apart, which a copy has from its source, nor the
 * address, which may have several names; and a secret that came along with the copy names the source's. Throws `refused`.
 */
export async function demandAnotherServer(source: Session, copy: Session): Promise<void> {
  const key = (randomBytes(8).readBigUInt64BE() >> 1n).toString()
  await source.query('select pg_advisory_lock($1::bigint)', [key])
  try {
    const [row] = await copy.query<{ seen: boolean }>(seesLockStatement, [key, source.pid])
    if (row?.seen === false) return
  } finally {
    await source.query('select pg_advisory_unlock($1::bigint)', [key])
  }
  const message = 'the login of the target leads to the source'
  const remedy =
    'Give the target a secret (or variable) of its own with the address of the new server; a secret without `host` takes it from RDS.'
  throw new MigrationError('refused', message, { remedy, problems: [{ field: 'target', message, remedy }] })
}
