import type { Check } from '../finding.ts'
import { counted } from '../naming.ts'
import { objectDifferences } from '../object-parity.ts'

/** An index or trigger of the same name that does something else; what is missing is another check's. */
export const targetDefinitions: Check = {
  code: 'target-definitions',
  title: 'indexes and triggers of the same name are the same on both sides',
  judge: (facts) => {
    const { different } = objectDifferences(facts, ['index', 'trigger'])
    if (different.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          different.length,
          'index or trigger differs from the source’s of that name',
          'indexes or triggers differ from the source’s of that name',
        ),
        objects: different.map(({ source }) => `${source.kind} ${source.name}`),
        why: 'After the switch queries may be slow, doubles let in, or rows changed otherwise, though every name is there.',
        remedy:
          'SELECT indexdef FROM pg_indexes WHERE indexname = …; -- on both sides, and make it anew on the target',
      },
    ]
  },
}
