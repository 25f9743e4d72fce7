import { RDSClient } from '@aws-sdk/client-rds'
import { awsClientOptions } from '../aws/client-options.ts'
import type { DatabaseSide } from '../migration/schema.ts'
import { rdsServers } from '../rds/rds-servers.ts'
import { MigrationError } from '../runtime/errors.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/**
 * Where RDS says that a side's instance is, or the writer of its cluster; undefined where the file names neither.
 * Throws `precondition` where it is not there or has no endpoint yet, `unavailable` where AWS does not answer.
 */
export async function rdsAddress(
  side: DatabaseSide,
  field: string,
  signal: AbortSignal,
): Promise<ServerAddress | undefined> {
  const { 'rds-instance': instance, 'rds-cluster': cluster } = side
  const identifier = instance ?? cluster
  if (identifier === undefined) return undefined
  const client = new RDSClient(awsClientOptions(side.aws))
  try {
    const servers = rdsServers(client, signal)
    const server = instance === undefined ? servers.cluster(identifier) : servers.instance(identifier)
    const { address: host, port, status } = await server
    if (host !== '' && port !== 0) return { host, port }
    const problem = {
      field,
      value: identifier,
      message: `RDS gives no endpoint of ${identifier}, which is ${status}`,
      remedy: 'Wait until it is available, then run the job again.',
    }
    throw new MigrationError('precondition', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
    })
  } finally {
    client.destroy()
  }
}
