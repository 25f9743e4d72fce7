import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, statements } from '../naming.ts'

/** DMS does not support a unique index over coalesce() (DMS User Guide, PostgreSQL, limitations of source and target). */
export const expressionKeys: Check = {
  code: 'expression-keys',
  title: 'no unique index is built over an expression that DMS does not know',
  judge: (facts) =>
    eachSide((side) => {
      const findings: Finding[] = []
      const found = knownFact(facts[side].expressionKeys)
      const coalesced = found.filter(({ definition }) => /\bcoalesce\s*\(/iu.test(definition))
      if (coalesced.length > 0) {
        findings.push({
          severity: 'blocker',
          message: counted(
            coalesced.length,
            `unique index of the ${side} is built over coalesce()`,
            `unique indexes of the ${side} are built over coalesce()`,
          ),
          objects: coalesced.map((one) => `${shown(one)}: ${one.index}`),
          why: 'DMS does not support such an index: it cannot tell the table’s rows apart by it.',
          remedy: statements(
            coalesced.map(
              (one) =>
                `DROP INDEX ${quoted(one.schema)}.${quoted(one.index)}; -- on the ${side}; after the cutover: ${one.definition}`,
            ),
          ),
        })
      }
      const others = found.filter((one) => !coalesced.includes(one))
      if (side === 'target' && others.length > 0) {
        findings.push({
          severity: 'note',
          message: counted(
            others.length,
            'unique index of the target is built over an expression',
            'unique indexes of the target are built over an expression',
          ),
          objects: others.map((one) => `${shown(one)}: ${one.index}`),
          why: 'DMS’s validation cannot use it as a key; PostgreSQL still enforces it.',
          remedy: 'Nothing to do where the table has a primary key.',
        })
      }
      return findings
    }),
}
