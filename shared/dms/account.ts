import {
  DescribeAccountAttributesCommand,
  paginateDescribeOrderableReplicationInstances,
  type DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service'
import { serviceError } from './service-error.ts'

/** A quota of DMS in this account and region. */
export interface Quota {
  readonly name: string
  readonly used: number
  readonly most: number
}

/** Quotas of DMS with what is used of each. Throws a MigrationError. */
export async function readQuotas(
  client: DatabaseMigrationServiceClient,
  signal: AbortSignal,
): Promise<Quota[]> {
  try {
    const answer = await client.send(new DescribeAccountAttributesCommand({}), { abortSignal: signal })
    return (answer.AccountQuotas ?? []).flatMap(({ AccountQuotaName: name, Used: used, Max: most }) =>
      name === undefined || used === undefined || most === undefined ? [] : [{ name, used, most }],
    )
  } catch (error) {
    throw serviceError(error, 'DescribeAccountAttributes', 'the account')
  }
}

/** Classes of replication instances that can be made in this region. Throws a MigrationError. */
export async function readInstanceClasses(
  client: DatabaseMigrationServiceClient,
  signal: AbortSignal,
): Promise<string[]> {
  const classes = new Set<string>()
  try {
    const pages = paginateDescribeOrderableReplicationInstances(
      { client, pageSize: 100 },
      {},
      { abortSignal: signal },
    )
    for await (const page of pages) {
      for (const { ReplicationInstanceClass: name } of page.OrderableReplicationInstances ?? [])
        if (name !== undefined) classes.add(name)
    }
  } catch (error) {
    throw serviceError(error, 'DescribeOrderableReplicationInstances', 'the region')
  }
  return [...classes]
}
