import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** Materialized views are not carried, and need none: they are made from tables that are. */
export const materializedViews: Check = {
  code: 'source-materialized-views',
  title: 'no materialized view expects to be carried',
  judge: (facts) => {
    const views = knownFact(facts.source.catalogue).left.filter(
      ({ kind, ofExtension }) => kind === 'm' && !ofExtension,
    )
    if (views.length === 0) return []
    return [
      {
        severity: 'note',
        message: counted(views.length, 'materialized view is left out', 'materialized views are left out'),
        objects: views.map(shown),
        why: 'DMS does not carry them; on the target they are as empty, or as old, as they were made.',
        remedy: statements(
          views.map(
            (view) => `REFRESH MATERIALIZED VIEW ${sqlName(view)}; -- on the target, before it opens`,
          ),
        ),
      },
    ]
  },
}
