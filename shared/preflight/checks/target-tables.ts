import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** `schema: existing`: every planned table must be on the target already, of the same kind. */
export const targetTables: Check = {
  code: 'target-tables',
  title: 'every planned table is on the target',
  judge: (facts) => {
    const there = knownFact(facts.target.catalogue)
    const tables = new Map([...there.planned, ...there.parents].map((table) => [shown(table), table]))
    const source = knownFact(facts.source.catalogue)
    const missing = [...source.planned, ...source.parents].filter(
      (table) => tables.get(shown(table))?.kind !== table.kind,
    )
    if (missing.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          missing.length,
          'planned table is missing on the target, or of another kind there',
          'planned tables are missing on the target, or of another kind there',
        ),
        objects: missing.map(shown),
        why: 'DMS would make a bare table without defaults, indexes and foreign keys in their place.',
        remedy: `pg_dump --schema-only --no-owner ${[...new Set(missing.map(({ schema }) => `--schema='"${schema}"'`))].join(' ')} "$SOURCE_URL" | psql "$TARGET_URL"`,
      },
    ]
  },
}
