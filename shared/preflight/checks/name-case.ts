import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** DMS does not tell names apart that differ by case only (DMS User Guide, PostgreSQL source, limitations). */
export const nameCase: Check = {
  code: 'source-name-case',
  title: 'no two names differ by case only',
  judge: (facts) => {
    const { planned, parents } = knownFact(facts.source.catalogue)
    const clashes = [
      ...twins([...planned, ...parents].map(shown)),
      ...planned.flatMap((table) => twins(table.columns.map(({ name }) => `${shown(table)}.${name}`))),
    ]
    if (clashes.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          clashes.length,
          'name differs from another by case only',
          'names differ from another by case only',
        ),
        objects: clashes,
        why: 'DMS takes them for the same table or column.',
        remedy: 'Rename one of each pair, or exclude the table.',
      },
    ]
  },
}

function twins(names: readonly string[]): string[] {
  const groups = Map.groupBy(names, (name) => name.toLowerCase())
  return [...groups.values()].filter((group) => group.length > 1).flat()
}
