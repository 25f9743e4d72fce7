import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** Functions and types of extensions must be there for defaults, triggers and queries. */
export const targetExtensions: Check = {
  code: 'target-extensions',
  title: 'every extension of the source is on the target',
  judge: (facts) => {
    const there = new Set(knownFact(facts.target.objects).extensions)
    const missing = knownFact(facts.source.objects).extensions.filter((name) => !there.has(name))
    if (missing.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          missing.length,
          'extension of the source is missing on the target',
          'extensions of the source are missing on the target',
        ),
        objects: missing,
        why: 'What uses their types or functions fails after the switch. Some have no use on Aurora.',
        remedy: statements(missing.map((name) => `CREATE EXTENSION ${quoted(name)}; -- on the target`)),
      },
    ]
  },
}
