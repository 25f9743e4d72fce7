import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { RDSClient } from '@aws-sdk/client-rds'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { replicationInstances } from '../../shared/dms/replication-instances.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { DatabaseLogin } from '../../shared/postgres/session.ts'
import type { PreflightFacts, SideFacts } from '../../shared/preflight/facts.ts'
import type { OutsideFacts } from '../../shared/preflight/inspect.ts'
import { observe } from '../../shared/preflight/observe.ts'
import { rdsServers, type RdsServers } from '../../shared/rds/rds-servers.ts'
import { readSecret } from '../../shared/secrets-manager/secrets.ts'

interface Logins {
  readonly source: DatabaseLogin
  readonly target: DatabaseLogin
  readonly users: PreflightFacts['users']
}

/** What is read outside the databases: RDS, the replication instance, the keys of the secrets to switch. */
export async function readOutside(
  migration: Migration,
  logins: Logins,
  secrets: SecretsManagerClient,
  signal: AbortSignal,
): Promise<OutsideFacts> {
  const rds = new RDSClient(awsClientOptions())
  const dms = new DatabaseMigrationServiceClient(awsClientOptions())
  try {
    const servers = rdsServers(rds, signal)
    const [source, target, instance, switchSecrets] = await Promise.all([
      sideFacts(migration, 'source', logins.source, servers),
      sideFacts(migration, 'target', logins.target, servers),
      observe(() => namedInstance(migration, dms, signal)),
      Promise.all(
        migration.cutover.switch.map(async ({ secret }, index) => ({
          secret,
          keys: await observe(() => secretKeys(secrets, secret, `cutover.switch[${index}].secret`)),
        })),
      ),
    ])
    return { users: logins.users, source, target, switchSecrets, replicationInstance: instance }
  } finally {
    rds.destroy()
    dms.destroy()
  }
}

async function sideFacts(
  migration: Migration,
  side: 'source' | 'target',
  { host, port }: DatabaseLogin,
  servers: RdsServers,
): Promise<Pick<SideFacts, 'address' | 'rds'>> {
  const { 'rds-instance': instance, 'rds-cluster': cluster } = migration[side]
  const rds = await observe(async () => {
    if (cluster !== undefined) return servers.cluster(cluster)
    return instance === undefined ? undefined : servers.instance(instance)
  })
  return { address: { host, port }, rds }
}

/** The replication instance that the file names; undefined where create-task makes it. */
async function namedInstance(
  migration: Migration,
  client: DatabaseMigrationServiceClient,
  signal: AbortSignal,
): Promise<{ identifier: string; status: string; engineVersion: string } | undefined> {
  const named = migration.dms['replication-instance']
  if (typeof named !== 'string') return undefined
  const [found] = await replicationInstances(client, signal).describe({ identifiers: [named] })
  return found ?? { identifier: named, status: 'not there', engineVersion: '' }
}

/** Keys only: values of a secret are nobody's business here. */
async function secretKeys(client: SecretsManagerClient, secret: string, field: string): Promise<string[]> {
  const value: unknown = JSON.parse((await readSecret(client, secret, field)).text)
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}
