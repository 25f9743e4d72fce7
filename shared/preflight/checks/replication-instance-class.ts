import { decideLobs } from '../../migration/lob-decision.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import type { PreflightFacts } from '../facts.ts'
import { loadBytes } from '../load-bytes.ts'
import { shown } from '../naming.ts'

const gib = 1024n ** 3n
/** Rows of one commit of a full load; a task setting that we give (task-settings.ts). */
const commitRate = 10_000n

/** A class that the region does not offer, one that earns its speed by credits, one whose memory the LOBs would fill. */
export const replicationInstanceClass: Check = {
  code: 'replication-instance-class',
  title: 'the class of the replication instance is offered, steady, and large enough for the LOB columns',
  judge: (facts) => {
    const wanted = facts.migration.dms['replication-instance']
    const made = typeof wanted === 'object' && 'create' in wanted ? wanted.create.class : undefined
    const classes = made === undefined ? knownFact(facts.dms.instances).map((one) => one.class) : [made]
    const offered = knownFact(facts.dms.classes)
    if (made !== undefined && offered !== undefined && !offered.includes(made)) {
      return [
        {
          severity: 'blocker',
          message: `this region offers no replication instance of the class ${made}`,
          objects: [made],
          why: 'create-task could not make it.',
          remedy: `aws dms describe-orderable-replication-instances --query 'OrderableReplicationInstances[].ReplicationInstanceClass'  # then correct dms.replication-instance.create.class`,
        },
      ]
    }
    return [...new Set(classes)].filter((name) => name !== '').flatMap((name) => judgeClass(name, facts))
  },
}

function judgeClass(name: string, facts: PreflightFacts): Finding[] {
  const findings: Finding[] = []
  const bytes = loadBytes(facts)
  if (/^dms\.t\d/u.test(name) && bytes >= 10n * gib) {
    findings.push({
      severity: 'warning',
      message: `${name} works on CPU credits, and ${bytes / gib} GiB are to be loaded`,
      objects: [name],
      why: 'Once its credits are used up it falls back to a fraction of its speed, and replication with it.',
      remedy:
        'aws dms modify-replication-instance --replication-instance-arn ARN --replication-instance-class dms.r6i.large --apply-immediately',
    })
  }
  const memory = memoryGib(name)
  const largest = largestDemand(facts)
  if (memory !== undefined && largest !== undefined && largest.bytes * 2n > memory * gib) {
    findings.push({
      severity: 'warning',
      message: `LOBs of ${largest.table} may take ${largest.bytes / 1024n ** 2n} MiB of the ${memory} GiB of ${name}`,
      objects: [name, largest.table],
      why: 'In limited LOB mode DMS sets memory aside for each row of a commit: limit × commit rate × LOB columns.',
      remedy: `aws dms modify-replication-instance --replication-instance-arn ARN --replication-instance-class dms.r6i.2xlarge --apply-immediately`,
    })
  }
  return findings
}

/** GiB by the names that AWS gives (DMS User Guide, replication instance types): memory doubles with each size. */
function memoryGib(name: string): bigint | undefined {
  const [, family, size] = /^dms\.([a-z])\d[a-z]*\.(\w+)$/u.exec(name) ?? []
  if (family === 't') return { micro: 1n, small: 2n, medium: 4n, large: 8n }[size ?? '']
  const large = { c: 4n, r: 16n }[family ?? '']
  const times = size === 'large' ? 1n : size === 'xlarge' ? 2n : xlarges(size)
  return large === undefined || times === undefined ? undefined : large * times
}

function xlarges(size: string | undefined): bigint | undefined {
  const [, count] = /^(\d+)xlarge$/u.exec(size ?? '') ?? []
  return count === undefined ? undefined : BigInt(count) * 2n
}

/** The table whose LOB columns take most memory while it is loaded. */
function largestDemand(facts: PreflightFacts): { table: string; bytes: bigint } | undefined {
  const maxima = knownFact(facts.lobs)
  const { taskMaxKb, tables } = decideLobs(facts.migration.dms.lob['max-kb'], maxima)
  const rows = new Map(
    knownFact(facts.source.statistics).map((one) => [shown(one), BigInt(one.rows)] as const),
  )
  const columns = Map.groupBy(maxima, shown)
  let largest: { table: string; bytes: bigint } | undefined
  for (const [table, own] of columns) {
    const limit = tables.find((one) => shown(one) === table)?.maxKb ?? taskMaxKb
    const known = rows.get(table) ?? commitRate
    const together = known < commitRate ? known : commitRate
    const bytes = BigInt(limit) * 1024n * together * BigInt(own.length)
    if (largest === undefined || bytes > largest.bytes) largest = { table, bytes }
  }
  return largest
}
