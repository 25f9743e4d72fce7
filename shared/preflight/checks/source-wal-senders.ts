import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { neededSlots } from '../needed-slots.ts'

/** One walsender for each task, and one to spare for a connection that the server does not yet know to be dead. */
export const sourceWalSenders: Check = {
  code: 'source-wal-senders',
  title: 'the source has free WAL senders for every task',
  judge: (facts) => {
    const { settings, walSenders } = knownFact(facts.source.server)
    const most = Number(settings['max_wal_senders'] ?? '0')
    const needed = neededSlots(facts)
    if (most - walSenders >= needed && most > 1) return []
    return [
      {
        severity: 'blocker',
        message: `${walSenders} of ${most} WAL senders are taken; this migration needs ${needed} more`,
        objects: ['max_wal_senders'],
        why: 'Each replication task reads the log through one WAL sender; a broken connection holds its own until it times out.',
        remedy: `ALTER SYSTEM SET max_wal_senders = ${Math.max(walSenders + needed, 2)}; -- then restart (on RDS: in the parameter group)`,
      },
    ]
  },
}
