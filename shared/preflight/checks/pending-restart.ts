import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Settings without which no task can start. */
const needed = ['wal_level', 'max_replication_slots', 'max_wal_senders', 'max_worker_processes']

/** A setting that was changed and not yet applied acts at the next restart: at the latest in a failover. */
export const pendingRestart: Check = {
  code: 'pending-restart',
  title: 'no changed setting waits for a restart',
  judge: (facts) =>
    eachSide((side) => {
      const names = knownFact(facts[side].state).pendingRestart
      if (names.length === 0) return []
      return [
        {
          severity: names.some((name) => needed.includes(name)) ? ('blocker' as const) : ('warning' as const),
          message: `the ${side} waits for a restart to apply ${names.join(', ')}`,
          objects: names,
          why: 'Until then the old values hold; a restart or failover during the migration changes them unasked.',
          remedy:
            'Restart the server now (RDS: aws rds reboot-db-instance --db-instance-identifier NAME), or take the change back: ALTER SYSTEM RESET …;',
        },
      ]
    }),
}
