import { relaxedColumns } from '../../migration/relaxed-columns.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** DMS may write NULL into a LOB first and its value afterwards (DMS User Guide, Best practices). */
export const targetLobNotNull: Check = {
  code: 'target-lob-not-null',
  title: 'no LOB column of the target is NOT NULL',
  judge: (facts) => {
    const planned = new Set(knownFact(facts.source.catalogue).planned.map(shown))
    const target = knownFact(facts.target.catalogue)
    const columns = relaxedColumns({
      ...target,
      planned: target.planned.filter((table) => planned.has(shown(table))),
    })
    if (columns.length === 0) return []
    return [
      {
        severity: 'note',
        message: counted(
          columns.length,
          'LOB column of the target is NOT NULL',
          'LOB columns of the target are NOT NULL',
        ),
        objects: columns.map((one) => `${shown(one)}.${one.column}`),
        why: 'DMS may insert a row without its LOBs and fill them in afterwards; NOT NULL would refuse the row.',
        remedy:
          'Nothing to do: prepare-target drops NOT NULL on them, the cutover puts it back before the target opens.',
      },
    ]
  },
}
