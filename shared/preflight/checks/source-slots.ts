import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** One slot for each task, and one to spare (DMS User Guide: max_replication_slots > 1). */
export const sourceSlots: Check = {
  code: 'source-slots',
  title: 'the source has free replication slots',
  judge: (facts) => {
    const { settings, slots } = knownFact(facts.source.server)
    const most = Number(settings['max_replication_slots'] ?? '0')
    const free = most - slots.length
    if (free >= 1 && most > 1) return []
    return [
      {
        severity: 'blocker',
        message: `${slots.length} of ${most} replication slots are taken`,
        objects: ['max_replication_slots', ...slots.map(({ name }) => name)],
        why: 'Each replication task creates one slot when it starts, and DMS asks for more than one in all.',
        remedy: `ALTER SYSTEM SET max_replication_slots = ${slots.length + 5}; -- then restart (on RDS: in the parameter group)`,
      },
    ]
  },
}
