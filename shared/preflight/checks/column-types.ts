import type { CatalogueColumn } from '../../migration/catalogue-model.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Types that DMS does not carry from PostgreSQL to PostgreSQL (DMS User Guide, its matrix of data types). */
const never = new Set([
  'tsvector',
  'tsquery',
  'path',
  'line',
  'lseg',
  'box',
  'circle',
  'pg_lsn',
  'pg_snapshot',
  'txid_snapshot',
])

/** Types that the matrix calls unsupported or partial, but that travel as text; worth a look in a rehearsal. */
const doubtful = new Set([
  'inet',
  'cidr',
  'macaddr',
  'macaddr8',
  'interval',
  'timetz',
  'money',
  'xml',
  'bit',
  'varbit',
])

/** Columns whose type DMS does not carry, or not surely. */
export const columnTypes: Check = {
  code: 'source-column-types',
  title: 'DMS carries the type of every planned column',
  judge: (facts) => {
    const columns = knownFact(facts.source.catalogue).planned.flatMap((table) =>
      table.columns.map((column) => ({ name: `${shown(table)}.${column.name} (${column.type})`, column })),
    )
    const lost = columns.filter(({ column }) => isLost(column)).map(({ name }) => name)
    const unsure = columns
      .filter(({ column }) => !isLost(column) && isDoubtful(column))
      .map(({ name }) => name)
    const findings: Finding[] = []
    if (lost.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          lost.length,
          'column has a type that DMS does not carry',
          'columns have a type that DMS does not carry',
        ),
        objects: lost,
        why: 'The values would be missing on the target.',
        remedy:
          'Exclude the tables and move them otherwise, or (for tsvector) drop the column and compute it on the target.',
      })
    }
    if (unsure.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          unsure.length,
          'column has a type that DMS carries as text',
          'columns have a type that DMS carries as text',
        ),
        objects: unsure,
        why: 'DMS’s matrix of types calls it partly supported or leaves it out; the target casts it back.',
        remedy: 'Rehearse with these tables and compare the rows before production.',
      })
    }
    return findings
  },
}

function isLost({ typeKind, baseType }: CatalogueColumn): boolean {
  return typeKind === 'c' || typeKind === 'r' || typeKind === 'm' || never.has(baseType)
}

function isDoubtful({ typeKind, baseType }: CatalogueColumn): boolean {
  return typeKind === 'e' || doubtful.has(baseType)
}
