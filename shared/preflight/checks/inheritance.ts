import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Old-style inheritance: DMS reads the parent without ONLY, so rows of the children come twice. */
export const inheritance: Check = {
  code: 'source-inheritance',
  title: 'no planned table inherits from another',
  judge: (facts) => {
    const { planned } = knownFact(facts.source.catalogue)
    const parentOids = new Set(
      planned.filter(({ isPartition }) => !isPartition).flatMap((table) => table.parentOids),
    )
    const involved = planned.filter(
      (table) => parentOids.has(table.oid) || (!table.isPartition && table.parentOids.length > 0),
    )
    if (involved.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(
          involved.length,
          'planned table takes part in inheritance',
          'planned tables take part in inheritance',
        ),
        objects: involved.map(shown),
        why: 'DMS reads an inheritance parent with the rows of its children: they arrive twice.',
        remedy: 'Turn the hierarchy into partitions, or exclude it and move it by other means.',
      },
    ]
  },
}
