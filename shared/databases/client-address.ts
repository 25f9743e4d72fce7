import { RDSClient } from '@aws-sdk/client-rds'
import { awsClientOptions } from '../aws/client-options.ts'
import type { Migration } from '../migration/schema.ts'
import type { DatabaseLogin } from '../postgres/session.ts'
import { wantsReader } from '../migration/switch-contradictions.ts'
import { rdsServers } from '../rds/rds-servers.ts'
import type { SideName } from './open-database.ts'

/** Two addresses of one database: that of its writer, and that of its readers where it is known. */
export interface ClientAddress {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly reader?: { readonly host: string; readonly port: number } | undefined
}

/**
 * Where clients of one side are pointed at: what `cutover.endpoints` says, else the address of the migration's own login.
 * The reader endpoint is asked of RDS, where the file names a cluster and something that is switched wants it.
 */
export async function clientAddress(
  migration: Migration,
  side: SideName,
  login: Pick<DatabaseLogin, 'host' | 'port' | 'database'>,
  signal: AbortSignal,
): Promise<ClientAddress> {
  const { cutover } = migration
  const given = cutover.endpoints?.[side]
  const port = given?.writer?.port ?? login.port
  const cluster = migration[side]['rds-cluster']
  const asked =
    given?.reader === undefined && cluster !== undefined && cutover.switch.some(wantsReader)
      ? await readerOf(migration, side, cluster, signal)
      : undefined
  const reader = given?.reader === undefined ? asked : { port, ...given.reader }
  return {
    host: given?.writer?.host ?? login.host,
    port,
    database: login.database,
    ...(reader === undefined ? {} : { reader: { host: reader.host, port: reader.port ?? port } }),
  }
}

async function readerOf(
  migration: Migration,
  side: SideName,
  cluster: string,
  signal: AbortSignal,
): Promise<{ host: string; port: number } | undefined> {
  const client = new RDSClient(awsClientOptions(migration[side].aws))
  try {
    const { readerEndpoint: host, port } = await rdsServers(client, signal).cluster(cluster)
    return host === '' ? undefined : { host, port }
  } finally {
    client.destroy()
  }
}
