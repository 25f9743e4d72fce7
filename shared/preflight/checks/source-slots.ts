import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { neededSlots } from '../needed-slots.ts'

/** One slot for each task, and one to spare for a task that is made anew while the old slot still stands. */
export const sourceSlots: Check = {
  code: 'source-slots',
  title: 'the source has free replication slots for every task',
  judge: (facts) => {
    const { settings, slots } = knownFact(facts.source.server)
    const most = Number(settings['max_replication_slots'] ?? '0')
    const needed = neededSlots(facts)
    const free = most - slots.length
    if (free >= needed && most > 1) return []
    return [
      {
        severity: 'blocker',
        message: `${slots.length} of ${most} replication slots are taken; this migration needs ${needed} more`,
        objects: ['max_replication_slots', ...slots.map(({ name }) => name)],
        why: 'Each replication task creates one slot when it starts; one more is kept for a task that is made anew.',
        remedy: `ALTER SYSTEM SET max_replication_slots = ${Math.max(slots.length + needed, 2)}; -- then restart (on RDS: in the parameter group)`,
      },
    ]
  },
}
