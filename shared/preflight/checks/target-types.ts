import type { Check, Finding } from '../finding.ts'
import { counted } from '../naming.ts'
import { objectDifferences } from '../object-parity.ts'

/** Types of the application's own; an enum must have the same labels in the same order. */
export const targetTypes: Check = {
  code: 'target-types',
  title: 'every type and domain of the source is on the target, enums with the same labels in the same order',
  judge: (facts) => {
    const { missing, different } = objectDifferences(facts, ['type', 'domain'])
    const enums = different.filter(({ source }) => source.shape?.startsWith('enum ') === true)
    const others = different.filter((one) => !enums.includes(one))
    const findings: Finding[] = []
    if (enums.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(enums.length, 'enum has other labels there', 'enums have other labels there'),
        objects: enums.map(
          ({ source, target }) =>
            `${source.name}: ${labels(source.shape)} here, ${labels(target.shape)} there`,
        ),
        why: 'A row with a label that the target does not know is refused; in another order, comparisons and ORDER BY differ.',
        remedy: "ALTER TYPE … ADD VALUE '…' BEFORE '…'; -- on the target, until the labels are the same",
      })
    }
    if (missing.length + others.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          missing.length + others.length,
          'type or domain is missing on the target, or differs',
          'types or domains are missing on the target, or differ',
        ),
        objects: [
          ...missing.map(({ name }) => `${name} is missing`),
          ...others.map(
            ({ source, target }) => `${source.name} is ${target.shape ?? ''}, not ${source.shape ?? ''}`,
          ),
        ],
        why: 'Functions and casts of the application that use it fail or give other results after the switch.',
        remedy:
          'pg_dump --schema-only "$SOURCE_URL" has the statements; create them on the target before the cutover.',
      })
    }
    return findings
  },
}

function labels(shape: string | null): string {
  return (shape ?? '').replace(/^enum /u, '')
}
