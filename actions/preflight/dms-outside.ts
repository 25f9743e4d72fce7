import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { dmsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { readInstanceClasses, readQuotas } from '../../shared/dms/account.ts'
import { endpoints } from '../../shared/dms/endpoints.ts'
import { replicationInstances } from '../../shared/dms/replication-instances.ts'
import { replicationTasks } from '../../shared/dms/replication-tasks.ts'
import { resourceTags } from '../../shared/dms/resource-tags.ts'
import { migrationTag } from '../../shared/dms/tags.ts'
import {
  endpointIdentifier,
  replicationInstanceIdentifier,
  slotEndpointIdentifier,
  taskIdentifier,
} from '../../shared/dms/task-identifier.ts'
import { serverlessReplications } from '../../shared/dms/serverless-replications.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { ReplicationInstanceFacts, TakenName } from '../../shared/preflight/dms-facts.ts'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import { observe } from '../../shared/preflight/observe.ts'

/** What DMS says: the instances that the file names, quotas, names that are taken, classes that can be made. */
export async function readDms(migration: Migration, signal: AbortSignal): Promise<PreflightFacts['dms']> {
  const client = new DatabaseMigrationServiceClient(awsClientOptions(dmsAccount(migration)))
  try {
    const [instances, quotas, taken, classes] = await Promise.all([
      observe(() => namedInstances(migration, client, signal)),
      observe(() => readQuotas(client, signal)),
      observe(() => takenNames(migration, client, signal)),
      observe(async () => (makesInstance(migration) ? await readInstanceClasses(client, signal) : undefined)),
    ])
    return { instances, quotas, taken, classes }
  } finally {
    client.destroy()
  }
}

/** The replication instances that the file names, in its order. */
async function namedInstances(
  migration: Migration,
  client: DatabaseMigrationServiceClient,
  signal: AbortSignal,
): Promise<ReplicationInstanceFacts[]> {
  const named = migration.dms['replication-instance']
  if (named === undefined || (typeof named === 'object' && !Array.isArray(named))) return []
  const identifiers = typeof named === 'string' ? [named] : named
  const found = await replicationInstances(client, signal).describe({ identifiers })
  return identifiers.map((identifier) => {
    // DMS keeps identifiers in lower case.
    const match = found.find((one) => one.identifier === identifier.toLowerCase())
    if (match === undefined)
      return {
        identifier,
        status: 'not there',
        engineVersion: '',
        class: '',
        storageGb: 0,
        multiAz: false,
        vpc: '',
      }
    const { status, engineVersion, class: size, storageGb, multiAz, vpc } = match
    return { identifier, status, engineVersion, class: size, storageGb, multiAz, vpc }
  })
}

function makesInstance(migration: Migration): boolean {
  const named = migration.dms['replication-instance']
  return typeof named === 'object' && !Array.isArray(named)
}

/** What already bears a name that create-task would give, with the migration that its tag names. */
async function takenNames(
  migration: Migration,
  client: DatabaseMigrationServiceClient,
  signal: AbortSignal,
): Promise<TakenName[]> {
  const { name, dms, load } = migration
  const indices = Array.from({ length: dms.tasks.max }, (_, index) => index)
  const tasks = indices.map((index) => taskIdentifier(name, index))
  // A task of its own slot has an endpoint of its own: where the rows do not come by DMS.
  const named = [
    ...(dms.source.endpoint !== undefined
      ? []
      : load.by === 'dms'
        ? [endpointIdentifier(name, 'source')]
        : indices.map((index) => slotEndpointIdentifier(name, index))),
    ...(dms.target.endpoint === undefined ? [endpointIdentifier(name, 'target')] : []),
  ]
  const port = dms.serverless === undefined ? replicationTasks : serverlessReplications
  const found = await Promise.all([
    port(client, signal).describe({ identifiers: tasks }),
    named.length === 0 ? [] : endpoints(client, signal).describe(named),
    makesInstance(migration)
      ? replicationInstances(client, signal).describe({ identifiers: [replicationInstanceIdentifier(name)] })
      : [],
  ])
  const kinds = ['replication task', 'endpoint', 'replication instance'] as const
  const tags = resourceTags(client, signal)
  return Promise.all(
    found.flatMap((resources, index) =>
      resources.map(async ({ identifier, arn }) => ({
        kind: kinds[index] ?? 'replication task',
        identifier,
        migration: (await tags.read(arn))[migrationTag],
      })),
    ),
  )
}
