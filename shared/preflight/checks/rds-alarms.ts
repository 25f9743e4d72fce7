import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'

/** Metrics of RDS that Aurora does not have (Aurora User Guide, metrics). */
const notOnAurora = new Set([
  'FreeStorageSpace',
  'DiskQueueDepth',
  'BurstBalance',
  'ReplicaLag',
  'ReadIOPS',
  'WriteIOPS',
])

/** Whoever is woken by an alarm today should be tomorrow. */
export const rdsAlarms: Check = {
  code: 'rds-alarms',
  title: 'the target has alarms on the metrics on which the source has some',
  judge: (facts) => {
    const here = knownFact(facts.source.alarms)
    const there = knownFact(facts.target.alarms)
    if (here === undefined || there === undefined) return []
    const aurora = knownFact(facts.target.rds)?.engine.startsWith('aurora') === true
    const watched = new Set(there.map(({ metric }) => metric))
    const missing = here.filter(({ metric }) => !watched.has(metric) && !(aurora && notOnAurora.has(metric)))
    if (missing.length === 0) return []
    return [
      {
        severity: 'note',
        message: counted(
          missing.length,
          'alarm of the source has no like on the target',
          'alarms of the source have no like on the target',
        ),
        objects: missing.map(({ name, metric }) => `${name} (${metric})`),
        why: 'After the switch nobody is woken by what woke somebody before.',
        remedy:
          'aws cloudwatch describe-alarms --alarm-names NAME  # then put-metric-alarm with the dimension of the target',
      },
    ]
  },
}
