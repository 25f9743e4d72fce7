import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'

/** What preflight says of writes rests on PostgreSQL's counters. */
export const sourceCounters: Check = {
  code: 'source-counters',
  title: 'the source counts its writes, and has done so for a week',
  judge: (facts) => {
    const { defaults, countersAgeDays } = knownFact(facts.source.state)
    const findings: Finding[] = []
    if (defaults['track_counts'] === 'off') {
      findings.push({
        severity: 'blocker',
        message: 'track_counts is off',
        objects: ['track_counts'],
        why: 'Without counters nobody can tell which tables are updated: one without a key could lose changes unseen. Autovacuum does not run either.',
        remedy: 'ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf(); -- and look again after a week',
      })
    } else if (countersAgeDays !== null && countersAgeDays < 7) {
      findings.push({
        severity: 'note',
        message: `the counters were reset ${countersAgeDays === 0 ? 'today' : `${counted(countersAgeDays, 'day')} ago`}`,
        objects: ['pg_stat_database'],
        why: 'A table that is updated once a week may look as if it were never updated.',
        remedy: 'Run preflight again when every job has run once.',
      })
    }
    return findings
  },
}
