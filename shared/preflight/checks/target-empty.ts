import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName } from '../naming.ts'

/** A full load with DO_NOTHING needs empty tables. */
export const targetEmpty: Check = {
  code: 'target-empty',
  title: 'the planned tables of the target are empty, or may be emptied',
  judge: (facts) => {
    const filled = knownFact(facts.target.filled)
    if (filled.length === 0) return []
    const own = knownFact(facts.target.migrations).find(({ migration }) => migration === facts.migration.name)
    if (own?.prepared === true) {
      return [
        {
          severity: 'note',
          message: counted(
            filled.length,
            'table of the target holds rows since this migration prepared it',
            'tables of the target hold rows since this migration prepared it',
          ),
          objects: filled.map(shown),
          why: 'The load of this migration has begun; its rows are left alone.',
          remedy: 'Nothing to do.',
        },
      ]
    }
    if (facts.migration['empty-target'] === 'truncate') {
      return [
        {
          severity: 'note',
          message: counted(
            filled.length,
            'table of the target holds rows, which will be removed',
            'tables of the target hold rows, which will be removed',
          ),
          objects: filled.map(shown),
          why: 'The migration file says `empty-target: truncate`.',
          remedy: 'Nothing to do; look at the list once more.',
        },
      ]
    }
    return [
      {
        severity: 'blocker',
        message: counted(
          filled.length,
          'planned table of the target is not empty',
          'planned tables of the target are not empty',
        ),
        objects: filled.map(shown),
        why: 'The load leaves tables as they are; rows with the same key make it fail, others stay for ever.',
        remedy: `TRUNCATE ${filled.slice(0, 20).map(sqlName).join(', ')}; -- or write empty-target: truncate in the migration file`,
      },
    ]
  },
}
