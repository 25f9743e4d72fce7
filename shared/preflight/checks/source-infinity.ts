import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'
import { quoted } from '../../migration/identifier.ts'

/**
 * infinity in a date or timestamp becomes 9999-12-31 23:59:59 on the target, -infinity 4713-01-01 BC (DMS User Guide,
 * PostgreSQL data types). Read from what ANALYZE kept: exact for tables of up to about 30,000 rows, a sample above; small tables that were not analysed are read themselves.
 */
export const sourceInfinity: Check = {
  code: 'source-infinity',
  title: 'no date or timestamp is infinite, as far as ANALYZE has seen',
  judge: (facts) => {
    const { columns, unseen } = knownFact(facts.source.sampled)
    const infinite = columns.filter(({ infinity, baseType }) => infinity && baseType !== 'numeric')
    const findings: Finding[] = []
    if (infinite.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          infinite.length,
          'column holds infinite dates or timestamps',
          'columns hold infinite dates or timestamps',
        ),
        objects: infinite.map((one) => `${shown(one)}.${one.column} (${one.baseType})`),
        why: 'DMS writes 9999-12-31 23:59:59 in place of infinity and 4713-01-01 BC in place of -infinity, without an error.',
        remedy: statements(
          infinite.map(
            (one) =>
              `UPDATE ${sqlName(one)} SET ${quoted(one.column)} = NULL WHERE NOT isfinite(${quoted(one.column)}); -- or a real date that the application takes for “never”`,
          ),
        ),
      })
    }
    if (unseen.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          unseen.length,
          'table with dates or numeric values was not analysed enough to tell',
          'tables with dates or numeric values were not analysed enough to tell',
        ),
        objects: unseen.map(shown),
        why: 'Whether it holds infinite dates or endless decimals is read from PostgreSQL’s statistics; what was not seen is not proved.',
        remedy: statements(unseen.map((table) => `ANALYZE ${sqlName(table)};`)),
      })
    }
    return findings
  },
}
