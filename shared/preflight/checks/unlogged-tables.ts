import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** Unlogged tables write no WAL, so no change of theirs is ever captured. */
export const unloggedTables: Check = {
  code: 'source-unlogged-tables',
  title: 'no planned table is unlogged',
  unwaivable: 'No change of an unlogged table is ever captured; exclude it instead.',
  judge: (facts) => {
    const tables = knownFact(facts.source.catalogue).planned.filter(({ persistence }) => persistence === 'u')
    if (tables.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(tables.length, 'planned table is unlogged', 'planned tables are unlogged'),
        objects: tables.map(shown),
        why: 'They are loaded once and never followed: changes after that are lost.',
        remedy: statements(
          tables.map((table) => `ALTER TABLE ${sqlName(table)} SET LOGGED; -- or add it to tables.exclude`),
        ),
      },
    ]
  },
}
