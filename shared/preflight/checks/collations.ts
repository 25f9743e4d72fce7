import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'
import { tablePairs } from '../table-pairs.ts'

/** How text sorts decides on indexes, ranges and doubles. */
export const collations: Check = {
  code: 'collations',
  title: 'text sorts alike on both sides, with the rules that its indexes were built with',
  judge: (facts) => {
    const source = knownFact(facts.source.collations)
    const target = knownFact(facts.target.collations)
    const findings: Finding[] = []
    const different = (['provider', 'ctype', 'locale'] as const).filter(
      (part) => source[part] !== target[part],
    )
    if (different.length > 0) {
      findings.push({
        severity: 'warning',
        message: `${different.join(', ')} of the databases differ`,
        objects: different.map(
          (part) => `${part}: ${source[part] ?? 'none'} here, ${target[part] ?? 'none'} there`,
        ),
        why: 'lower(), LIKE, ORDER BY and ranges over text may give other results after the switch; DMS’s validation may report rows that are the same.',
        remedy:
          'Create the target database with the same LOCALE_PROVIDER and locale, or accept the difference.',
      })
    }
    for (const [side, { recorded, actual }] of [
      ['source', source],
      ['target', target],
    ] as const) {
      if (recorded === null || actual === null || recorded === actual) continue
      findings.push({
        severity: 'warning',
        message: `the ${side}’s indexes were built with collation version ${recorded}, and ${actual} runs`,
        objects: [side],
        why: 'Indexes over text may be out of order: rows that are there are not found, and doubles are let in.',
        remedy: `REINDEX DATABASE CONCURRENTLY ${quoted(knownFact(facts[side].server).database)}; ALTER DATABASE ${quoted(knownFact(facts[side].server).database)} REFRESH COLLATION VERSION; -- on the ${side}`,
      })
    }
    const columns = tablePairs(facts)
      .flatMap((pair) => {
        const there = new Set(pair.target.columns.map(({ name }) => name))
        return pair.source.columns
          .filter(({ name }) => there.has(name))
          .map(({ name }) => `${shown(pair.source)}.${name}`)
      })
      .filter((name) => source.columns[name] !== target.columns[name])
    if (columns.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          columns.length,
          'column has another collation on the target',
          'columns have other collations on the target',
        ),
        objects: columns.map(
          (name) =>
            `${name}: ${source.columns[name] ?? 'default'} here, ${target.columns[name] ?? 'default'} there`,
        ),
        why: 'The column sorts and compares otherwise: a unique index may refuse rows that the source has.',
        remedy: 'ALTER TABLE … ALTER COLUMN … TYPE … COLLATE …; -- on the target',
      })
    }
    return findings
  },
}
