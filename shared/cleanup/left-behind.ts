import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { RDSClient } from '@aws-sdk/client-rds'
import { sideAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import { replicationInstances } from '../dms/replication-instances.ts'
import type { RdsServer } from '../preflight/rds-facts.ts'
import { rdsServers } from '../rds/rds-servers.ts'
import { asMigrationError } from '../runtime/errors.ts'
import { keptWal, type SlotSight } from './slot-steps.ts'
import { recordedResources, type CleanupWork } from './work.ts'

/** Something that cleanup does not remove, with what is known of its cost. */
export interface LeftBehind {
  readonly what: string
  /** Class, storage, zones: what its price depends on. */
  readonly size: string
  readonly why: string
  /** How to be rid of it, where that is wanted. */
  readonly how: string
}

/** Where AWS publishes prices: they differ by region and change, and no call that needs no rights of its own tells them. */
export const priceLists = {
  rds: 'https://aws.amazon.com/rds/postgresql/pricing/',
  aurora: 'https://aws.amazon.com/rds/aurora/pricing/',
  dms: 'https://aws.amazon.com/dms/pricing/',
  secrets: 'https://aws.amazon.com/secrets-manager/pricing/',
  cloudwatch: 'https://aws.amazon.com/cloudwatch/pricing/',
} as const

/** What stays and costs something, or keeps disk. Nothing here throws: what cannot be described is said to be so. */
export async function readLeftBehind(
  work: CleanupWork,
  client: DatabaseMigrationServiceClient,
  slots: SlotSight,
): Promise<LeftBehind[]> {
  const { migration, stage, context } = work
  const closed = stage.live === 'target' ? 'source' : 'target'
  const left: LeftBehind[] = []
  left.push(...slots.idle.map(idleSlot))
  if (work.databases[closed] !== undefined) left.push(await closedServer(work, closed))
  for (const { kind, identifier } of recordedResources(work))
    if (kind === 'db-cluster' || kind === 'db-instance')
      left.push({
        what: `${kind === 'db-cluster' ? 'cluster' : 'instance'} ${identifier}, which the migration made`,
        size: 'see the RDS console',
        why:
          stage.live === 'target'
            ? 'it is the database that applications write to'
            : 'databases are never deleted by cleanup',
        how: stage.live === 'target' ? '' : `end its deletion protection, then delete ${identifier} by hand`,
      })
  const wanted = migration.dms['replication-instance']
  if (wanted !== undefined && !(typeof wanted === 'object' && 'create' in wanted))
    left.push(...(await namedInstances(client, [wanted].flat(), context.signal)))
  left.push({
    what: 'secrets of DMS’s and the migration’s logins, and former versions of those that were switched',
    size: `see ${priceLists.secrets}`,
    why: 'they are yours; Secrets Manager keeps the version before the switch as AWSPREVIOUS',
    how: 'delete those that nothing else reads',
  })
  left.push({
    what: 'roles of DMS in the databases, log groups dms-tasks-* in CloudWatch, rds.logical_replication in parameter groups',
    size: `logs: see ${priceLists.cloudwatch}`,
    why: 'made by you or by DMS; roles that a cutover has locked out stay so (NOLOGIN)',
    how: 'DROP ROLE; a retention for the log groups; the parameter back, once no slot is left (it needs a restart)',
  })
  const { load } = migration
  if (load.by === 'snapshot' && load.snapshot !== undefined)
    left.push({
      what: `snapshot ${load.snapshot}, which the migration file names`,
      size: 'see the RDS console',
      why: 'it was there before; where the target is in another account, it is shared with that one now',
      how: 'end the sharing (aws rds modify-db-snapshot-attribute or modify-db-cluster-snapshot-attribute --values-to-remove), or name its ARN in `also`',
    })
  if (migration.dms.assessment !== undefined)
    left.push({
      what: `results of DMS’s assessments in the bucket ${migration.dms.assessment.bucket}`,
      size: 'a few kB each',
      why: 'they are in your bucket',
      how: 'delete them there',
    })
  return left
}

/** Somebody else's slot that nothing reads: it may fill the disk of the live database. Pure. */
export function idleSlot({ side, slot, others }: SlotSight['idle'][number]): LeftBehind {
  const grows = 'nothing reads it: WAL that it keeps grows until the disk is full'
  return {
    what: `replication slot ${slot.slot} on the ${side}${slot.here ? '' : ` (database ${slot.database ?? '?'})`}`,
    size: keptWal(slot),
    why: `${others ? 'belongs to another migration' : 'not made by this migration'}, and ${grows}`,
    how: others
      ? 'run cleanup for that migration'
      : slot.here
        ? `where nobody needs it: \`also: ${side}:${slot.slot}\``
        : `where nobody needs it: SELECT pg_drop_replication_slot('${slot.slot}') in that database`,
  }
}

async function closedServer(work: CleanupWork, side: 'source' | 'target'): Promise<LeftBehind> {
  const { 'rds-cluster': cluster, 'rds-instance': instance } = work.migration[side]
  const identifier = cluster ?? instance
  const why =
    work.stage.fenced === side
      ? 'closed by the fence: it holds the rows of the moment of the cutover'
      : 'nobody uses it any more'
  const rest = {
    what: `the ${side}'s server${identifier === undefined ? '' : ` ${identifier}`}`,
    why,
    how: 'keep it as long as you want to compare; then take a last snapshot and delete it by hand',
  }
  if (identifier === undefined)
    return { ...rest, size: 'not known: the migration file names no server of RDS' }
  const client = new RDSClient(awsClientOptions(sideAccount(work.migration, side)))
  try {
    const servers = rdsServers(client, work.context.signal)
    const server =
      cluster === undefined ? await servers.instance(identifier) : await servers.cluster(identifier)
    return { ...rest, size: serverSize(server) }
  } catch (error) {
    return { ...rest, size: `could not be described: ${asMigrationError(error).message}` }
  } finally {
    client.destroy()
  }
}

/** What the price of a server depends on. Pure. */
export function serverSize(
  server: Pick<RdsServer, 'kind' | 'instanceClass' | 'multiAz' | 'storage' | 'readers'>,
): string {
  const { kind, instanceClass, multiAz, storage, readers } = server
  return [
    instanceClass === '' ? 'no writer' : instanceClass,
    ...(multiAz ? [kind === 'cluster' ? 'in several zones' : 'Multi-AZ (twice the price of one)'] : []),
    ...(storage === undefined ? ['storage by what is stored'] : [`${storage.allocatedGib} GiB`]),
    ...(readers.length === 0
      ? []
      : [`and ${readers.length} ${readers.length === 1 ? 'reader' : 'readers'}: ${readers.join(', ')}`]),
    `price list: ${kind === 'cluster' ? priceLists.aurora : priceLists.rds}`,
  ].join(', ')
}

async function namedInstances(
  client: DatabaseMigrationServiceClient,
  identifiers: readonly string[],
  signal: AbortSignal,
): Promise<LeftBehind[]> {
  const rest = (identifier: string, size: string): LeftBehind => ({
    what: `replication instance ${identifier}`,
    size,
    why: 'the migration file names it: it was there before',
    how: `where no other task runs on it: delete it, or name its ARN in \`also\``,
  })
  try {
    const found = await replicationInstances(client, signal).describe({ identifiers })
    return found.map(({ identifier, class: name, storageGb, multiAz }) =>
      rest(
        identifier,
        `${name}, ${storageGb} GB${multiAz ? ', Multi-AZ' : ''}, price list: ${priceLists.dms}`,
      ),
    )
  } catch (error) {
    return identifiers.map((identifier) =>
      rest(identifier, `could not be described: ${asMigrationError(error).message}`),
    )
  }
}
