import type { CatalogueTable } from '../../migration/catalogue-model.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'
import { tablePairs } from '../table-pairs.ts'

/** A primary key that differs between the sides has unpredictable results (DMS User Guide, limitations). */
export const targetKeys: Check = {
  code: 'target-keys',
  title: 'planned tables have the same primary key on both sides',
  judge: (facts) => {
    const wrong = tablePairs(facts).filter(({ source, target }) => primaryKey(source) !== primaryKey(target))
    if (wrong.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          wrong.length,
          'table has another primary key on the target',
          'tables have another primary key on the target',
        ),
        objects: wrong.map(
          ({ source, target }) =>
            `${shown(source)}: ${primaryKey(source) || 'none'} here, ${primaryKey(target) || 'none'} there`,
        ),
        why: 'DMS finds rows by the source’s key; without its index on the target each change scans the table.',
        remedy: statements(
          wrong.map(({ source, target }) =>
            primaryKey(source) === ''
              ? `-- ${shown(target)}: drop the primary key of the target, or add one to the source`
              : `ALTER TABLE ${sqlName(target)} ADD PRIMARY KEY (${primaryKey(source)}); -- on the target`,
          ),
        ),
      },
    ]
  },
}

function primaryKey(table: CatalogueTable): string {
  const key = table.indexes.find(({ isPrimary, isValid }) => isPrimary && isValid)?.columns ?? []
  return key.map((name) => quoted(name ?? '')).join(', ')
}
