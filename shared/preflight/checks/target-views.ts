import type { Check, Finding } from '../finding.ts'
import { counted } from '../naming.ts'
import { objectDifferences } from '../object-parity.ts'

/** Views are no rows: nothing but a schema dump brings them. */
export const targetViews: Check = {
  code: 'target-views',
  title: 'every view of the source is on the target, with the same columns',
  judge: (facts) => {
    const { missing, different } = objectDifferences(facts, ['view', 'materialized view'])
    const findings: Finding[] = []
    if (missing.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          missing.length,
          'view of the source is missing on the target',
          'views of the source are missing on the target',
        ),
        objects: missing.map(({ name }) => name),
        why: 'DMS carries rows of tables only; queries through the view would fail after the switch.',
        remedy: 'pg_dump --schema-only --table=VIEW "$SOURCE_URL" | psql "$TARGET_URL"',
      })
    }
    if (different.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          different.length,
          'view differs between the sides',
          'views differ between the sides',
        ),
        objects: different.map(({ source }) => source.name),
        why: 'After the switch the application meets another definition than it knows.',
        remedy: 'pg_dump --schema-only --table=VIEW "$SOURCE_URL" | psql "$TARGET_URL"',
      })
    }
    return findings
  },
}
