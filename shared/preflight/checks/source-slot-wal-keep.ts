import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** A limit on what slots keep can end a task for good. */
export const sourceSlotWalKeep: Check = {
  code: 'source-slot-wal-keep',
  title: 'the source keeps the WAL that slots need',
  judge: (facts) => {
    const megabytes = Number(knownFact(facts.source.server).settings['max_slot_wal_keep_size'] ?? '-1')
    if (megabytes < 0) return []
    return [
      {
        severity: 'warning',
        message: `max_slot_wal_keep_size is ${megabytes} MB`,
        objects: ['max_slot_wal_keep_size'],
        why: 'A slot that falls behind by more is invalidated, and its task must begin with a new full load.',
        remedy:
          'ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT pg_reload_conf(); -- and watch the free disk space',
      },
    ]
  },
}
