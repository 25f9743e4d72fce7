import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** DMS fails a task with a timeout of 1 to 9999 ms, and asks for less than five minutes otherwise (or 0). */
export const sourceWalSenderTimeout: Check = {
  code: 'source-wal-sender-timeout',
  title: 'the source’s WAL senders time out as DMS needs it',
  judge: (facts) => {
    const ms = Number(knownFact(facts.source.server).settings['wal_sender_timeout'] ?? '0')
    if (ms === 0 || (ms >= 10_000 && ms < 300_000)) return []
    return [
      {
        severity: ms < 10_000 ? 'blocker' : 'warning',
        message: `wal_sender_timeout is ${ms} ms`,
        objects: ['wal_sender_timeout'],
        why:
          ms < 10_000
            ? 'A replication task fails with a timeout of less than 10 seconds.'
            : 'DMS asks for less than five minutes: a dead connection holds its slot until then.',
        remedy:
          "ALTER SYSTEM SET wal_sender_timeout = '30s'; SELECT pg_reload_conf(); -- on RDS: in the parameter group",
      },
    ]
  },
}
