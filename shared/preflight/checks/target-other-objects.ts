import type { Check, Finding } from '../finding.ts'
import { counted } from '../naming.ts'
import { objectDifferences } from '../object-parity.ts'

/** What else belongs to a schema and is easily forgotten. */
export const targetOtherObjects: Check = {
  code: 'target-other-objects',
  title: 'policies, extended statistics, rules and publications of the source are on the target',
  judge: (facts) => {
    const { missing, different } = objectDifferences(facts, ['policy', 'statistics', 'rule', 'publication'])
    const findings: Finding[] = []
    if (missing.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          missing.length,
          'policy, statistics object, rule or publication of the source is missing on the target',
          'policies, statistics objects, rules or publications of the source are missing on the target',
        ),
        objects: missing.map(({ name }) => name),
        why: 'What is hidden, planned or published by it changes with the switch.',
        remedy:
          'pg_dump --schema-only "$SOURCE_URL" has their statements; create them on the target before the cutover.',
      })
    }
    if (different.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          different.length,
          'policy, statistics object, rule or publication differs between the sides',
          'policies, statistics objects, rules or publications differ between the sides',
        ),
        objects: different.map(({ source }) => source.name),
        why: 'After the switch the application meets another definition than it knows.',
        remedy:
          'pg_dump --schema-only "$SOURCE_URL" has their statements; create them on the target before the cutover.',
      })
    }
    return findings
  },
}
