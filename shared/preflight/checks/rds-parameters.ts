import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'
import type { RdsParameter } from '../rds-facts.ts'

/**
 * Parameters that mean nothing on Aurora, are sized by it, or are set for the migration itself (Aurora User Guide,
 * parameters that apply to Aurora PostgreSQL).
 */
const notCompared =
  /^(?:rds\.logical_replication|session_replication_role|autovacuum|shared_buffers|effective_cache_size|wal_.*|max_wal_.*|min_wal_size|checkpoint_.*|full_page_writes|max_slot_wal_keep_size|max_replication_slots|bgwriter_.*|fsync|synchronous_commit|hot_standby_feedback|max_standby_.*)$/u

/** What somebody has tuned on the source is missed on the target when the load is on it. */
export const rdsParameters: Check = {
  code: 'rds-parameters',
  title: 'parameters that were set for the source are set for the target too',
  judge: (facts) => {
    const source = knownFact(facts.source.parameters)
    const target = knownFact(facts.target.parameters)
    if (source === undefined || target === undefined) return []
    const there = byName(target)
    const different = [...byName(source)].flatMap(([name, value]) =>
      notCompared.test(name) || there.get(name) === value
        ? []
        : [`${name}: ${value} here, ${there.get(name) ?? 'the default'} there`],
    )
    if (different.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          different.length,
          'parameter was set for the source and is another on the target',
          'parameters were set for the source and are others on the target',
        ),
        objects: different,
        why: 'The application runs with other limits, plans or time-outs after the switch.',
        remedy:
          'aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name GROUP --parameters ParameterName=NAME,ParameterValue=VALUE,ApplyMethod=pending-reboot  # or modify-db-parameter-group for those of instances',
      },
    ]
  },
}

function byName(parameters: readonly RdsParameter[]): Map<string, string> {
  return new Map(parameters.map(({ name, value }) => [name, value]))
}
