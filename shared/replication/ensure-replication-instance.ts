import {
  replicationInstances,
  type NewReplicationInstance,
  type ReplicationInstance,
} from '../dms/replication-instances.ts'
import { resourceTags } from '../dms/resource-tags.ts'
import { replicationInstanceIdentifier } from '../dms/task-identifier.ts'
import type { Migration } from '../migration/schema.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import { poll } from '../runtime/poll.ts'
import { instanceProblems } from './adopt.ts'
import { createRecorded, futureArn, noteAdopted, plan, takenError, type AwsWork } from './aws-work.ts'

/** Statuses from which an instance does not become available by waiting (API: ReplicationInstanceStatus). */
const broken = new Set([
  'failed',
  'deleting',
  'deleted',
  'storage-full',
  'incompatible-credentials',
  'incompatible-network',
  'inaccessible-encryption-credentials',
])

/** The instances that the file names or asks for, available. */
export async function ensureReplicationInstances(
  work: AwsWork,
  migration: Migration,
): Promise<Pick<ReplicationInstance, 'identifier' | 'arn'>[]> {
  const wanted = migration.dms['replication-instance']
  if (wanted === undefined) return []
  if (typeof wanted === 'object' && 'create' in wanted)
    return [await ensureOwn(work, migration.name, wanted.create)]
  const found: ReplicationInstance[] = []
  for (const identifier of [wanted].flat()) found.push(await available(work, identifier, false))
  return found
}

type Wanted = Extract<Migration['dms']['replication-instance'], { create: unknown }>['create']

async function ensureOwn(
  work: AwsWork,
  migration: string,
  wanted: Wanted,
): Promise<Pick<ReplicationInstance, 'identifier' | 'arn'>> {
  const identifier = replicationInstanceIdentifier(migration)
  const subnetGroup = wanted['subnet-group']
  const request: NewReplicationInstance = {
    identifier,
    class: wanted.class,
    storageGb: wanted['storage-gb'],
    multiAz: wanted['multi-az'],
    securityGroups: wanted['security-groups'],
    tags: work.tags,
    ...(subnetGroup === undefined ? {} : { subnetGroup }),
    ...(wanted['kms-key'] === undefined ? {} : { kmsKey: wanted['kms-key'] }),
  }
  const port = replicationInstances(work.client, work.context.signal)
  const [found] = await port.describe({ identifiers: [identifier] })
  if (found !== undefined) {
    const tags = await resourceTags(work.client, work.context.signal).read(found.arn)
    refuseProblems('refused', instanceProblems(found, request, tags))
    await noteAdopted(work, found)
    return available(work, identifier, false)
  }
  if (work.dryRun) {
    plan(work, 'CreateReplicationInstance', { ReplicationInstanceIdentifier: identifier, ...wanted })
    return { identifier, arn: futureArn(identifier) }
  }
  await createRecorded(work, { kind: 'replication-instance', identifier }, () => port.create(request))
  return available(work, identifier, true)
}

/** `expected`: it was just made, and a describe may not show it yet. */
async function available(work: AwsWork, identifier: string, expected: boolean): Promise<ReplicationInstance> {
  const { clock, signal, log } = work.context
  const port = replicationInstances(work.client, signal)
  const started = clock.elapsed()
  return poll(
    async () => {
      const [found] = await port.describe({ identifiers: [identifier] })
      if (found === undefined) {
        if (!expected) throw missing(identifier)
        if (clock.elapsed() - started > 120_000) throw takenError('replication instance', identifier)
        return { done: false, reason: `replication instance ${identifier} is not visible yet`, progress: '' }
      }
      if (found.status === 'available') return { done: true, value: found }
      if (broken.has(found.status)) throw unusable(found)
      return {
        done: false,
        reason: `replication instance ${identifier} is ${found.status}`,
        progress: found.status,
      }
    },
    {
      clock,
      signal,
      deadlineMs: 3_600_000,
      what: `replication instance ${identifier}`,
      remedy: 'Look at its events in the DMS console; run the job again when it is available.',
      onReason: (reason) => log.line(reason),
    },
  )
}

function missing(identifier: string): MigrationError {
  const problem = {
    field: 'dms.replication-instance',
    value: identifier,
    message: `the replication instance ${identifier} does not exist`,
    remedy:
      'Correct the name or the region, or let the file create one: `replication-instance: { create: { class: dms.r6i.large } }`.',
  }
  return new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
}

function unusable(found: ReplicationInstance): MigrationError {
  const problem = {
    field: 'dms.replication-instance',
    value: found.identifier,
    message: `the replication instance ${found.identifier} is ${found.status}`,
    remedy: 'Mend it or delete it (its events in the DMS console say why), then run the job again.',
  }
  return new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
}
