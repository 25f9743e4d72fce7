import { isUnboundedVarchar } from '../../migration/lob-columns.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Bytes of a varchar without a length that DMS carries, if the endpoint does not say otherwise. */
const mostBytes = 8000n

/** varchar without a length is capped by DMS (unboundedVarcharMaxSize, 8000 bytes by default). */
export const unboundedVarchar: Check = {
  code: 'source-unbounded-varchar',
  title: 'every varchar column has a length',
  judge: (facts) => {
    const name = (one: { schema: string; table: string }, column: string) => `${shown(one)}.${column}`
    const measured = new Map(knownFact(facts.varchars).map((one) => [name(one, one.column), one] as const))
    const columns = knownFact(facts.source.catalogue).planned.flatMap((table) =>
      table.columns.filter(isUnboundedVarchar).map((column) => name(table, column.name)),
    )
    const over = columns.filter((column) => BigInt(measured.get(column)?.bytes ?? '0') > mostBytes)
    const small = columns.filter((column) => {
      const one = measured.get(column)
      // Half, so that tomorrow's values have room.
      return one?.exact === true && BigInt(one.bytes) * 2n <= mostBytes
    })
    const unsure = columns.filter((column) => !over.includes(column) && !small.includes(column))
    const findings: Finding[] = []
    if (over.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          over.length,
          'varchar column without a length holds more than 8,000 bytes',
          'varchar columns without a length hold more than 8,000 bytes',
        ),
        objects: over.map((column) => `${column} (${measured.get(column)?.bytes ?? ''} bytes)`),
        why: 'DMS cuts them at 8,000 bytes, without an error.',
        remedy:
          'ALTER TABLE … ALTER COLUMN … TYPE text; -- on both sides, without a rewrite: then LOB rules apply',
      })
    }
    if (unsure.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(unsure.length, 'varchar column has no length', 'varchar columns have no length'),
        objects: unsure,
        why: 'DMS carries at most 8,000 bytes of them; they come near it, or time did not allow to look at every row.',
        remedy:
          'SELECT max(octet_length(column)) FROM …; -- above 8000, make it text on both sides: then LOB rules apply',
      })
    }
    if (small.length > 0) {
      findings.push({
        severity: 'note',
        message: counted(
          small.length,
          'varchar column has no length, and holds at most 4,000 bytes',
          'varchar columns have no length, and hold at most 4,000 bytes',
        ),
        objects: small,
        why: 'DMS carries at most 8,000 bytes of them; every row was looked at.',
        remedy: 'Nothing to do while values stay as they are.',
      })
    }
    return findings
  },
}
