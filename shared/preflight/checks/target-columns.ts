import type { Check, Finding } from '../finding.ts'
import { counted, shown } from '../naming.ts'
import { tablePairs } from '../table-pairs.ts'

/** Columns must be the same on both sides: DMS maps them by name and takes the target's types. */
export const targetColumns: Check = {
  code: 'target-columns',
  title: 'planned tables have the same columns and types on both sides',
  judge: (facts) => {
    const wrong: string[] = []
    const extra: string[] = []
    for (const { source, target } of tablePairs(facts)) {
      const there = new Map(target.columns.map((column) => [column.name, column]))
      for (const column of source.columns) {
        const match = there.get(column.name)
        const name = `${shown(source)}.${column.name}`
        if (match === undefined) wrong.push(`${name} is missing`)
        else if (match.type !== column.type) wrong.push(`${name} is ${match.type}, not ${column.type}`)
        else if (match.notNull && !column.notNull) wrong.push(`${name} is NOT NULL there only`)
      }
      const here = new Set(source.columns.map(({ name }) => name))
      for (const column of target.columns.filter(({ name }) => !here.has(name))) {
        const name = `${shown(target)}.${column.name}`
        const filled =
          !column.notNull || column.default !== null || column.identity !== '' || column.generated !== ''
        if (filled) extra.push(name)
        else wrong.push(`${name} exists there only, is NOT NULL and has no default`)
      }
    }
    const findings: Finding[] = []
    if (wrong.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          wrong.length,
          'column differs between the sides',
          'columns differ between the sides',
        ),
        objects: wrong,
        why: 'Loads and changes of the whole table fail on one column that does not fit.',
        remedy: 'ALTER TABLE … on the target until the columns are those of the source.',
      })
    }
    if (extra.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          extra.length,
          'column exists on the target only',
          'columns exist on the target only',
        ),
        objects: extra,
        why: 'Migrated rows get NULL or the default in them.',
        remedy: 'Make sure that the application expects it.',
      })
    }
    return findings
  },
}
