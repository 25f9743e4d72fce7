import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { hoursUntil, perHour, shownBytes } from '../wal-budget.ts'

/** A limit on what slots keep can end a task for good; how soon depends on how much WAL is written. */
export const sourceSlotWalKeep: Check = {
  code: 'source-slot-wal-keep',
  title: 'the source keeps the WAL that slots need',
  judge: (facts) => {
    const megabytes = Number(knownFact(facts.source.server).settings['max_slot_wal_keep_size'] ?? '-1')
    if (megabytes < 0) return []
    const rate = perHour(knownFact(facts.source.walRate))
    const hours = hoursUntil(BigInt(megabytes) * 1024n * 1024n, rate)
    return [
      {
        // An hour: less than most loads take, and the slot is kept for as long as the load runs.
        severity: hours !== undefined && hours < 1 ? 'blocker' : 'warning',
        message: `max_slot_wal_keep_size is ${megabytes} MB: at ${shownBytes(rate)} of WAL an hour enough for ${hours === undefined ? 'any time' : hours < 1 ? 'less than an hour' : `${hours} hours`}`,
        objects: ['max_slot_wal_keep_size'],
        why: 'A slot that falls behind by more is invalidated, and its task must begin with a new full load.',
        remedy:
          'ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT pg_reload_conf(); -- and watch the free disk space',
      },
    ]
  },
}
