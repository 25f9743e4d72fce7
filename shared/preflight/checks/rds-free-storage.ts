import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

const gib = 1024n ** 3n

/** Slots keep WAL on the source's disk as long as a task lags, stands or waits for a reviewer. */
export const rdsFreeStorage: Check = {
  code: 'rds-free-storage',
  title: 'the source has a fifth of its storage left for the WAL that slots keep',
  judge: (facts) => {
    const server = knownFact(facts.source.rds)
    const free = knownFact(facts.source.freeStorage)
    if (server?.storage === undefined || free === undefined) return []
    const allocated = BigInt(server.storage.allocatedGib) * gib
    const left = BigInt(free.bytes) + BigInt(free.growthBytes)
    if (allocated === 0n || left * 5n >= allocated) return []
    const percent = (left * 100n) / allocated
    return [
      {
        severity: left * 20n < allocated ? 'blocker' : 'warning',
        message: `${server.identifier} has ${left / gib} GiB left, ${percent} % of its storage${server.storage.autoscalesToGib === undefined ? ', and does not grow by itself' : ', growth by itself included'}`,
        objects: [server.identifier],
        why: 'A slot keeps WAL until its task has read it. A full disk stops the source, applications and all.',
        remedy: `aws rds modify-db-instance --db-instance-identifier ${server.identifier} --allocated-storage ${server.storage.allocatedGib * 2} --max-allocated-storage ${server.storage.allocatedGib * 4} --apply-immediately`,
      },
    ]
  },
}
