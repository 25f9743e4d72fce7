import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Partitioned tables are carried by their leaves; the set of leaves must stand still. */
export const partitions: Check = {
  code: 'source-partitions',
  title: 'partitioned tables are carried by their leaves',
  judge: (facts) => {
    const { planned, parents } = knownFact(facts.source.catalogue)
    if (parents.length === 0) return []
    return [
      {
        severity: 'note',
        message: counted(
          parents.length,
          `partitioned table is carried by ${planned.filter(({ isPartition }) => isPartition).length} leaves`,
          `partitioned tables are carried by ${planned.filter(({ isPartition }) => isPartition).length} leaves`,
        ),
        objects: parents.map(shown),
        why: 'Named itself, a partitioned table’s rows would come twice. DMS does not replicate ADD, DROP or TRUNCATE of a partition.',
        remedy:
          'Make the partitions that are needed until after the cutover now, on both sides; a new one refuses the cutover.',
      },
    ]
  },
}
