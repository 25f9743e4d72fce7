import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Digits of a numeric without precision that DMS carries in a change (DMS User Guide, MapUnboundedNumericAsString). */
const mostDigits = 28

/** numeric without precision becomes NUMERIC(28,6) in DMS, or text of at most 28 digits where the endpoints say so. */
export const numericScale: Check = {
  code: 'source-numeric-scale',
  title: 'every numeric column has a precision that DMS keeps',
  judge: (facts) => {
    const columns = knownFact(facts.source.catalogue).planned.flatMap((table) =>
      table.columns
        .filter(
          ({ baseType, isArray, typeModifier }) => baseType === 'numeric' && !isArray && !fits(typeModifier),
        )
        .map(({ name }) => `${shown(table)}.${name}`),
    )
    const findings: Finding[] = []
    if (columns.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          columns.length,
          'numeric column has no precision, or one above 38',
          'numeric columns have no precision, or one above 38',
        ),
        objects: columns,
        why: 'DMS takes numeric without precision for NUMERIC(28,6). This migration’s endpoints carry it as text, of which changes keep 28 digits.',
        remedy:
          'SELECT count(*) FROM … WHERE scale(column) > 6; -- where rows have more, give the column a precision on both sides',
      })
    }
    const seen = knownFact(facts.source.sampled).columns.filter(({ baseType }) => baseType === 'numeric')
    const long = seen.filter(({ digits }) => digits !== null && digits > mostDigits)
    if (long.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          long.length,
          `numeric column holds values of more than ${mostDigits} digits`,
          `numeric columns hold values of more than ${mostDigits} digits`,
        ),
        objects: long.map((one) => `${shown(one)}.${one.column} (${one.digits ?? 0} digits)`),
        why: 'DMS cuts them, without an error.',
        remedy:
          'ALTER TABLE … ALTER COLUMN … TYPE numeric(38, s); -- on both sides, where the values allow it',
      })
    }
    const odd = seen.filter(({ notANumber, infinity }) => notANumber || infinity)
    if (odd.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          odd.length,
          'numeric column holds NaN or Infinity',
          'numeric columns hold NaN or Infinity',
        ),
        objects: odd.map((one) => `${shown(one)}.${one.column}`),
        why: 'No documentation says that DMS carries them; a table with a value that it cannot carry is suspended.',
        remedy: "UPDATE … SET column = NULL WHERE column IN ('NaN', 'Infinity', '-Infinity');",
      })
    }
    return findings
  },
}

/** atttypmod of numeric(p,s) is ((p << 16) | s) + 4; -1 without precision. DMS knows precisions up to 38. */
function fits(typeModifier: number): boolean {
  return typeModifier >= 0 && (typeModifier - 4) >> 16 <= 38
}
