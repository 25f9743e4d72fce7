import { readFingerprintStatement } from './catalogue-statements.ts'
import type { Session } from './session.ts'

/**
 * SHA-256 (hex) over relations, columns, keys, partitions, sequences and triggers of the schemas, in one statement.
 * Equal as long as a plan made from them is true; what the migration and DMS make themselves is left out.
 * Pass `planSchemas(plan)`.
 */
export async function readFingerprint(session: Session, schemas: readonly string[]): Promise<string> {
  const [row] = await session.query<{ fingerprint: string }>(readFingerprintStatement, [[...schemas], false])
  if (row === undefined) throw new Error('the fingerprint statement gave no row')
  return row.fingerprint
}

/** The same with what it is made of, one line for each relation, column, key, child, sequence and trigger, in order. */
export async function readFingerprintLines(
  session: Session,
  schemas: readonly string[],
): Promise<{ readonly fingerprint: string; readonly lines: readonly string[] }> {
  const [row] = await session.query<{ fingerprint: string; lines: string[] | null }>(
    readFingerprintStatement,
    [[...schemas], true],
  )
  if (row === undefined) throw new Error('the fingerprint statement gave no row')
  return { fingerprint: row.fingerprint, lines: row.lines ?? [] }
}
