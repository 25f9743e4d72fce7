import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** One walsender for each task, and one to spare (DMS User Guide: max_wal_senders > 1). */
export const sourceWalSenders: Check = {
  code: 'source-wal-senders',
  title: 'the source has free WAL senders',
  judge: (facts) => {
    const { settings, walSenders } = knownFact(facts.source.server)
    const most = Number(settings['max_wal_senders'] ?? '0')
    if (most - walSenders >= 1 && most > 1) return []
    return [
      {
        severity: 'blocker',
        message: `${walSenders} of ${most} WAL senders are taken`,
        objects: ['max_wal_senders'],
        why: 'Each replication task reads the log through one WAL sender, and DMS asks for more than one in all.',
        remedy: `ALTER SYSTEM SET max_wal_senders = ${walSenders + 5}; -- then restart (on RDS: in the parameter group)`,
      },
    ]
  },
}
