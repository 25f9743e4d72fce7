import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'
import { quoted } from '../../migration/identifier.ts'

const most: Readonly<Record<string, bigint>> = { smallint: 32_767n, integer: 2_147_483_647n }

/** A bigint sequence feeds an integer column without complaint, until the column is full. */
export const sequenceColumns: Check = {
  code: 'source-sequence-columns',
  title: 'every column can hold what its sequence will give',
  judge: (facts) => {
    const positions = new Map(
      knownFact(facts.source.sequences).map((one) => [`${one.schema}.${one.sequence}`, one.lastValue]),
    )
    const margin = BigInt(facts.migration.sequences.margin)
    const over: { readonly name: string; readonly alter: string }[] = []
    const near: string[] = []
    for (const fed of knownFact(facts.source.columnSequences)) {
      const limit = most[fed.columnType]
      const last = positions.get(`${fed.sequenceSchema}.${fed.sequence}`)
      if (limit === undefined || last === undefined || last === null) continue
      const at = BigInt(last)
      const name = `${shown(fed)}.${fed.column} (${fed.columnType}, sequence at ${last})`
      if (at + margin >= limit) {
        over.push({
          name,
          alter: `ALTER TABLE ${sqlName(fed)} ALTER COLUMN ${quoted(fed.column)} TYPE bigint; -- on both sides; rewrites the table`,
        })
      } else if (at * 10n > limit * 9n) near.push(name)
    }
    const findings: Finding[] = []
    if (over.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          over.length,
          'column cannot hold the value that its sequence gets',
          'columns cannot hold the values that their sequences get',
        ),
        objects: over.map(({ name }) => name),
        why: 'The first INSERT after the cutover would fail: integer out of range.',
        remedy: statements(over.map(({ alter }) => alter)),
      })
    }
    if (near.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          near.length,
          'column is filled by its sequence to more than nine tenths',
          'columns are filled by their sequences to more than nine tenths',
        ),
        objects: near,
        why: 'It may be full soon after the move, when nobody looks for it.',
        remedy:
          'ALTER TABLE … ALTER COLUMN … TYPE bigint; -- the move to new, empty tables is the moment for it',
      })
    }
    return findings
  },
}
