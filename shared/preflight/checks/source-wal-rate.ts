import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { hoursUntil, perHour, shownBytes } from '../wal-budget.ts'

/** Hours of WAL that the disk should hold: a weekend. Below a day there is no time for an approval and a night. */
const enoughHours = 72
const shortHours = 24

/** Where the free storage is not known: a rate that fills an ordinary disk within days. */
const highRate = 1_000_000_000n

/** A slot that stands still keeps all WAL from then on; the disk must hold it until somebody acts. */
export const sourceWalRate: Check = {
  code: 'source-wal-rate',
  title: 'the source’s disk holds the WAL of three days for a slot that stands still',
  judge: (facts) => {
    // The volume of an Aurora cluster grows by itself.
    if (facts.migration.source['rds-cluster'] !== undefined) return []
    const rate = perHour(knownFact(facts.source.walRate))
    const free = knownFact(facts.source.freeStorage)
    const why =
      'While the load runs, and while a task stands still, the source keeps all of it for the slot; a full disk stops the source.'
    if (free === undefined) {
      if (rate < highRate) return []
      return [
        {
          severity: 'note',
          message: `the source writes ${shownBytes(rate)} of WAL an hour`,
          objects: ['WAL'],
          why,
          remedy: `Make sure that its disk has ${shownBytes(rate * BigInt(enoughHours))} free, which is three days of it: df -h "$PGDATA"`,
        },
      ]
    }
    const hours = hoursUntil(BigInt(free.bytes) + BigInt(free.growthBytes), rate)
    if (hours === undefined || hours >= enoughHours) return []
    return [
      {
        severity: hours < 2 ? 'blocker' : hours < shortHours ? 'warning' : 'note',
        message: `the source writes ${shownBytes(rate)} of WAL an hour; its storage is full after about ${hours} hours of it`,
        objects: ['WAL'],
        why,
        remedy:
          'aws rds modify-db-instance --db-instance-identifier NAME --allocated-storage GIB --apply-immediately  # and an alarm on FreeStorageSpace',
      },
    ]
  },
}
