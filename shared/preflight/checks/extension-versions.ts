import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** An extension may behave otherwise in another version, and may not be offered on the target at all. */
export const extensionVersions: Check = {
  code: 'extension-versions',
  title: 'extensions have the same version on both sides, and can be made on the target',
  judge: (facts) => {
    const there = new Map(
      knownFact(facts.target.extensionVersions).map(({ name, version }) => [name, version]),
    )
    const here = knownFact(facts.source.extensionVersions)
    const available = knownFact(facts.target.state).availableExtensions
    const impossible = here.filter(({ name }) => !there.has(name) && !available.includes(name))
    const different = here.flatMap(({ name, version }) => {
      const other = there.get(name)
      return other === undefined || other === version ? [] : [{ name, version, other }]
    })
    const findings: Finding[] = []
    if (impossible.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          impossible.length,
          'extension of the source is not offered by the target’s server',
          'extensions of the source are not offered by the target’s server',
        ),
        objects: impossible.map(({ name }) => name),
        why: 'What uses its types or functions cannot work there; a column of its type cannot be made.',
        remedy:
          "Find out who uses it: SELECT * FROM pg_depend WHERE deptype = 'e' …; and replace it before the migration.",
      })
    }
    if (different.length > 0) {
      const older = different.filter(({ version, other }) => compare(other, version) < 0)
      findings.push({
        severity: older.length > 0 ? 'warning' : 'note',
        message: counted(
          different.length,
          'extension has another version on the target',
          'extensions have other versions on the target',
        ),
        objects: different.map(({ name, version, other }) => `${name}: ${version} here, ${other} there`),
        why: 'Functions of an older version may be missing; those of a newer one may behave otherwise.',
        remedy: statements(
          different.map(
            ({ name }) => `ALTER EXTENSION ${quoted(name)} UPDATE; -- on the target, where it is the older`,
          ),
        ),
      })
    }
    return findings
  },
}

/** Versions by their numbers: 1.10 is newer than 1.9. */
function compare(a: string, b: string): number {
  const parts = (version: string) => version.split(/[.-]/u).map(Number)
  const [left, right] = [parts(a), parts(b)]
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
