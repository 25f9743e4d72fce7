import type { CatalogueTable } from '../../migration/catalogue-model.ts'
import type { Check } from '../finding.ts'
import { counted, shown } from '../naming.ts'
import { tablePairs } from '../table-pairs.ts'

/** What the application relies on beside rows: DMS brings none of it, the existing schema must have it. */
export const targetSecondaryObjects: Check = {
  code: 'target-secondary-objects',
  title: 'indexes, constraints, triggers and defaults of the source are on the target too',
  judge: (facts) => {
    const missing = tablePairs(facts).flatMap(({ source, target }) =>
      lacking(source, target).map((what) => `${shown(source)}: ${what}`),
    )
    if (missing.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          missing.length,
          'index, constraint, trigger or default is missing on the target, or differs',
          'indexes, constraints, triggers or defaults are missing on the target, or differ',
        ),
        objects: missing,
        why: 'DMS carries rows only; after the switch the application would run without them.',
        remedy: 'Create them on the target before the cutover, or accept the difference.',
      },
    ]
  },
}

function lacking(source: CatalogueTable, target: CatalogueTable): string[] {
  const names = (items: readonly { readonly name: string }[]) => new Set(items.map(({ name }) => name))
  const indexes = names(target.indexes)
  const triggers = names(target.triggers)
  const constraints = new Map(target.constraints.map(({ name, definition }) => [name, definition]))
  const columns = new Map(target.columns.map((column) => [column.name, column]))
  return [
    ...source.indexes.filter(({ name }) => !indexes.has(name)).map(({ name }) => `index ${name}`),
    ...source.triggers.filter(({ name }) => !triggers.has(name)).map(({ name }) => `trigger ${name}`),
    ...source.constraints
      .filter(({ name, definition }) => constraints.get(name) !== definition)
      .map(({ name }) => `constraint ${name}`),
    ...source.columns
      .filter(({ name, default: value }) => {
        const match = columns.get(name)
        return match !== undefined && match.default !== value
      })
      .map(({ name }) => `default of ${name}`),
  ]
}
