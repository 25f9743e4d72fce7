import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Extensions of PostgreSQL's contrib package, in which test_decoding comes as well. */
const contrib = ['hstore', 'pg_stat_statements', 'dblink', 'postgres_fdw', 'pg_trgm']

/** The slot's output plugin must be installed on the source. */
export const sourceDecodingPlugin: Check = {
  code: 'source-decoding-plugin',
  title: 'the source has the plugin with which DMS decodes its log',
  judge: (facts) => {
    const { availableExtensions } = knownFact(facts.source.state)
    const ofRds = facts.migration.source['rds-instance'] ?? facts.migration.source['rds-cluster']
    const used = knownFact(facts.source.server).slots.some(({ plugin }) => plugin === 'test_decoding')
    if (ofRds !== undefined || used || contrib.some((name) => availableExtensions.includes(name))) return []
    return [
      {
        severity: 'blocker',
        message: 'PostgreSQL’s contrib package seems not to be installed on the source',
        objects: ['test_decoding'],
        why: 'test_decoding comes with it. A server does not list its output plugins; none of contrib’s extensions is there.',
        remedy:
          'apt-get install postgresql-contrib  # or: dnf install postgresql-contrib. It needs no restart.',
      },
    ]
  },
}
