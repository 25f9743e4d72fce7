import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** PostgreSQL stops taking writes 3 million transactions before this. */
const wraparound = 2_147_483_648

/** A vacuum against wraparound never yields to the cutover's locks, and the database may stop. */
export const sourceFreezeAge: Check = {
  code: 'source-freeze-age',
  title: 'no vacuum against wraparound comes due during the migration',
  judge: (facts) => {
    const { defaults, oldestXidAge, oldestTableXidAge, oldestTable } = knownFact(facts.source.state)
    const limit = Number(defaults['autovacuum_freeze_max_age'] ?? '200000000')
    const findings: Finding[] = []
    if (oldestXidAge > wraparound * 0.7) {
      findings.push({
        severity: 'blocker',
        message: `the source’s oldest transaction id is ${oldestXidAge} transactions old, of ${wraparound}`,
        objects: [oldestTable ?? 'pg_database.datfrozenxid'],
        why: 'A slot of a slow task holds the horizon back further; near the limit PostgreSQL refuses every write.',
        remedy: 'VACUUM (FREEZE); -- in every database of the server, before the migration',
      })
    } else if (oldestTable !== null && oldestTableXidAge > limit * 0.9) {
      findings.push({
        severity: 'warning',
        message: `${oldestTable} is ${oldestTableXidAge} transactions old; a vacuum against wraparound starts at ${limit}`,
        objects: [oldestTable],
        why: 'Such a vacuum never yields to a lock: the pause of the cutover could not begin while it runs.',
        remedy: `VACUUM (FREEZE, ANALYZE) ${oldestTable}; -- well before the cutover`,
      })
    }
    return findings
  },
}
