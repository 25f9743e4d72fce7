import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import type { ReplicationInstanceFacts } from '../dms-facts.ts'

/** The replication instances that the file names must be there, and their engine must know both versions. */
export const replicationInstance: Check = {
  code: 'replication-instance',
  title: 'every replication instance is available and knows both versions of PostgreSQL',
  judge: (facts) => {
    const instances = knownFact(facts.dms.instances)
    if (instances.length === 0) return []
    const away = instances.filter(({ status }) => status !== 'available')
    if (away.length > 0) return away.map(unavailable)
    const major = Math.floor(
      Math.max(knownFact(facts.source.server).versionNumber, knownFact(facts.target.server).versionNumber) /
        10_000,
    )
    const least = leastEngine(major)
    if (least === undefined) return []
    return instances
      .filter(({ engineVersion }) => older(engineVersion, least))
      .map((instance) => ({
        severity: 'blocker',
        message: `the replication instance ${instance.identifier} has DMS ${instance.engineVersion}; PostgreSQL ${major} needs ${least}`,
        objects: [instance.identifier],
        why: 'An older engine does not know that version of PostgreSQL.',
        remedy: `aws dms modify-replication-instance --replication-instance-arn ARN --engine-version ${least} --allow-major-version-upgrade --apply-immediately`,
      }))
  },
}

function unavailable({ identifier, status }: ReplicationInstanceFacts): Finding {
  return {
    severity: 'blocker',
    message: `the replication instance ${identifier} is ${status}`,
    objects: [identifier],
    why: 'Tasks run on it; connection tests start only on an available one.',
    remedy: `aws dms wait replication-instance-available --filters Name=replication-instance-id,Values=${identifier}`,
  }
}

/** First DMS engine for a major version (DMS User Guide, PostgreSQL source, versions). */
function leastEngine(major: number): string | undefined {
  if (major >= 17) return '3.6.1'
  return { 16: '3.5.3', 15: '3.5.1', 14: '3.4.7', 13: '3.4.3' }[major]
}

function older(version: string, least: string): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, wanted] of least.split('.').map(Number).entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}
