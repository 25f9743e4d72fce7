import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** A generated column takes no value; DMS sends one. */
export const generatedColumns: Check = {
  code: 'target-generated-columns',
  title: 'no planned table of the target has a generated column',
  judge: (facts) => {
    const planned = new Set(knownFact(facts.source.catalogue).planned.map(shown))
    const found = knownFact(facts.target.catalogue).planned.flatMap((table) =>
      planned.has(shown(table))
        ? table.columns.filter(({ generated }) => generated !== '').map(({ name }) => ({ table, name }))
        : [],
    )
    if (found.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          found.length,
          'column of the target is generated',
          'columns of the target are generated',
        ),
        objects: found.map(({ table, name }) => `${shown(table)}.${name}`),
        why: 'PostgreSQL refuses a value for them, so loads and inserts of the whole table fail.',
        remedy: statements(
          found.map(
            ({ table, name }) =>
              `ALTER TABLE ${sqlName(table)} ALTER COLUMN ${quoted(name)} DROP EXPRESSION; -- on the target; a trigger can compute it after the cutover`,
          ),
        ),
      },
    ]
  },
}
