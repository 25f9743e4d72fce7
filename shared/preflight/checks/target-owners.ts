import type { Check, Finding } from '../finding.ts'
import { counted } from '../naming.ts'
import { objectDifferences } from '../object-parity.ts'

/** Owners and storage options are lost where a schema is loaded with --no-owner or by a framework. */
export const targetOwners: Check = {
  code: 'target-owners',
  title: 'tables, views and schemas have the same owners and options on both sides',
  judge: (facts) => {
    // What is missing altogether is named by the checks of tables and views.
    const owners = objectDifferences(facts, ['owner']).different
    const { missing, different } = objectDifferences(facts, ['table option'])
    const findings: Finding[] = []
    if (owners.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          owners.length,
          'table, view or schema has another owner on the target',
          'tables, views or schemas have another owner on the target',
        ),
        objects: owners.map(
          ({ source, target }) => `${source.name}: ${target.shape ?? ''}, not ${source.shape ?? ''}`,
        ),
        why: 'The framework’s next migration runs as the old owner and is refused: only an owner may ALTER a table.',
        remedy: 'ALTER TABLE … OWNER TO …; -- on the target; for all at once: REASSIGN OWNED BY … TO …',
      })
    }
    const options = [
      ...missing.map(({ name, shape }) => `${name}: ${shape ?? ''}`),
      ...different.map(
        ({ source, target }) => `${source.name}: ${target.shape ?? ''}, not ${source.shape ?? ''}`,
      ),
    ]
    if (options.length > 0) {
      findings.push({
        severity: 'note',
        message: counted(
          options.length,
          'table has other storage options on the target',
          'tables have other storage options on the target',
        ),
        objects: options,
        why: 'fillfactor and autovacuum thresholds that somebody set for a reason are lost by the move.',
        remedy: 'ALTER TABLE … SET (…); -- on the target',
      })
    }
    return findings
  },
}
