import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** The way back is a reverse task: it needs of the target what the forward one needs of the source. */
export const fallBackTarget: Check = {
  code: 'fall-back-target',
  title: 'the target can feed a reverse task, where a way back is wanted',
  judge: (facts) => {
    if (!facts.migration.cutover['fall-back']) return []
    const { settings, slots, walSenders } = knownFact(facts.target.server)
    const findings: Finding[] = []
    if (settings['wal_level'] !== 'logical') {
      findings.push({
        severity: 'blocker',
        message: `wal_level of the target is ${settings['wal_level'] ?? 'unknown'}`,
        objects: ['wal_level'],
        why: 'The reverse task reads the target’s log; turning it on later needs a restart, when it is too late.',
        remedy:
          'Set rds.logical_replication = 1 in the target’s cluster parameter group and reboot the writer. Without a way back: `cutover: { fall-back: false }`.',
      })
    }
    const tasks = knownFact(facts.tasks)
    for (const [name, taken] of [
      ['max_replication_slots', slots.length],
      ['max_wal_senders', walSenders],
    ] as const) {
      const most = Number(settings[name] ?? '0')
      if (most - taken >= tasks) continue
      findings.push({
        severity: 'blocker',
        message: `${taken} of ${name} = ${most} of the target are taken; the way back needs ${tasks} more`,
        objects: [name],
        why: 'The slots of the reverse tasks are made in the cutover’s check, which refuses without them.',
        remedy: `Raise ${name} to ${taken + tasks} in the target’s parameter group and reboot.`,
      })
    }
    return findings
  },
}
