import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'
import { quoted } from '../../migration/identifier.ts'

/** DMS does not support deferred constraints: it applies row by row, and a deferrable key is no replica identity. */
export const deferrableConstraints: Check = {
  code: 'deferrable-constraints',
  title: 'no key of a planned table is deferrable',
  judge: (facts) => {
    return eachSide((side) => {
      const findings: Finding[] = []
      const found = knownFact(facts[side].catalogue).planned.flatMap((table) =>
        table.constraints
          .filter(({ isDeferrable }) => isDeferrable)
          .map((constraint) => ({ table, constraint })),
      )
      const keys = found.filter(({ constraint }) => constraint.kind !== 'f')
      if (keys.length > 0) {
        findings.push({
          severity: 'blocker',
          message: counted(
            keys.length,
            `key of the ${side} is deferrable`,
            `keys of the ${side} are deferrable`,
          ),
          objects: keys.map(({ table, constraint }) => `${shown(table)}: ${constraint.name}`),
          why: 'A deferrable key is no replica identity, and DMS applies one row after the other.',
          remedy: statements(
            keys.map(
              ({ table, constraint }) =>
                `ALTER TABLE ${sqlName(table)} DROP CONSTRAINT ${quoted(constraint.name)}, ADD ${constraint.definition.replace(/ (?:NOT )?DEFERRABLE.*$/u, '')}; -- on the ${side}`,
            ),
          ),
        })
      }
      if (side === 'target' && found.length > keys.length) {
        findings.push({
          severity: 'note',
          message: counted(
            found.length - keys.length,
            'foreign key of the target is deferrable',
            'foreign keys of the target are deferrable',
          ),
          objects: found
            .filter(({ constraint }) => constraint.kind === 'f')
            .map(({ table, constraint }) => `${shown(table)}: ${constraint.name}`),
          why: 'DMS applies in replica mode, in which foreign keys are not checked at all.',
          remedy: 'Nothing to do.',
        })
      }
      return findings
    })
  },
}
