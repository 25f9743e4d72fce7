import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Source and target must be two databases; a swapped secret is the likeliest way to lose everything. */
export const sameServer: Check = {
  code: 'same-server',
  title: 'source and target are two different databases',
  unwaivable: 'The load would empty the very tables that it reads.',
  judge: (facts) => {
    const source = knownFact(facts.source.server)
    const target = knownFact(facts.target.server)
    const { address: a } = facts.source
    const { address: b } = facts.target
    const sameAddress = a.host === b.host && a.port === b.port
    // Clones share the identifier: only with the same address it is surely the same server.
    if (
      !sameAddress ||
      source.systemIdentifier !== target.systemIdentifier ||
      source.database !== target.database
    )
      return []
    return [
      {
        severity: 'blocker',
        message: `source and target are the same database ${source.database}`,
        objects: [source.database],
        why: 'The load would empty and then read the same tables.',
        remedy: 'Correct `source.secret` or `target.secret` in the migration file.',
      },
    ]
  },
}
