import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBInstances,
  paginateDescribeDBParameters,
  paginateDescribePendingMaintenanceActions,
  type DBInstance,
  type Parameter,
  type RDSClient,
} from '@aws-sdk/client-rds'
import type { ParameterGroup, PendingMaintenance, RdsParameter, RdsServer } from '../preflight/rds-facts.ts'
import { MigrationError } from '../runtime/errors.ts'
import { parseCluster, parseInstance } from './parse-server.ts'
import { call } from './service-call.ts'

/** What is read of RDS; nothing is ever changed through it. */
export interface RdsServers {
  /** Throws `precondition` where it is not there or may not be described, `unavailable` where AWS does not answer. */
  instance(identifier: string): Promise<RdsServer>
  cluster(identifier: string): Promise<RdsServer>
  /** What somebody has set in parameter groups; a parameter that is absent has the engine's default. */
  parameters(groups: readonly ParameterGroup[]): Promise<RdsParameter[]>
  /** Maintenance that AWS has announced for a server. */
  maintenance(server: RdsServer): Promise<PendingMaintenance[]>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function rdsServers(client: RDSClient, signal: AbortSignal): RdsServers {
  const http = { abortSignal: signal }
  return {
    instance: async (identifier) => {
      const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier })
      const answer = await call('DescribeDBInstances', identifier, () => client.send(command, http))
      return parseInstance(found(answer.DBInstances?.[0], identifier), identifier)
    },
    cluster: async (identifier) => {
      const command = new DescribeDBClustersCommand({ DBClusterIdentifier: identifier })
      const answer = await call('DescribeDBClusters', identifier, () => client.send(command, http))
      const cluster = found(answer.DBClusters?.[0], identifier)
      const members = await call('DescribeDBInstances', identifier, async () => {
        const instances: DBInstance[] = []
        const pages = paginateDescribeDBInstances(
          { client },
          { Filters: [{ Name: 'db-cluster-id', Values: [identifier] }] },
          http,
        )
        for await (const page of pages) instances.push(...(page.DBInstances ?? []))
        return instances
      })
      return parseCluster(cluster, identifier, members)
    },
    parameters: async (groups) => {
      const all = await Promise.all(groups.map((group) => userParameters(client, group, http)))
      return all.flat()
    },
    maintenance: (server) =>
      call('DescribePendingMaintenanceActions', server.identifier, async () => {
        const actions: PendingMaintenance[] = []
        // Asked for by ARN RDS answers for the cluster alone, not for its members.
        const pages = paginateDescribePendingMaintenanceActions({ client }, {}, http)
        const own = new Set([
          server.arn,
          ...server.certificates.map(({ instance }) => siblingArn(server, instance)),
        ])
        for await (const page of pages) {
          for (const resource of page.PendingMaintenanceActions ?? []) {
            if (!own.has(resource.ResourceIdentifier ?? '')) continue
            actions.push(
              ...(resource.PendingMaintenanceActionDetails ?? []).map((detail) => ({
                action: detail.Action ?? 'maintenance',
                description: detail.Description ?? '',
                appliedAt: detail.CurrentApplyDate ?? detail.ForcedApplyDate ?? detail.AutoAppliedAfterDate,
              })),
            )
          }
        }
        return actions
      }),
  }
}

/** ARN of a member of a cluster: the cluster's own with another resource (`…:cluster:name` and `…:db:name`). */
function siblingArn({ arn }: RdsServer, instance: string): string {
  return `${arn.split(':').slice(0, 5).join(':')}:db:${instance}`
}

async function userParameters(
  client: RDSClient,
  { name, kind }: ParameterGroup,
  http: { abortSignal: AbortSignal },
): Promise<RdsParameter[]> {
  const operation = kind === 'cluster' ? 'DescribeDBClusterParameters' : 'DescribeDBParameters'
  return call(operation, name, async () => {
    const set: Parameter[] = []
    const pages =
      kind === 'cluster'
        ? paginateDescribeDBClusterParameters(
            { client },
            { DBClusterParameterGroupName: name, Source: 'user' },
            http,
          )
        : paginateDescribeDBParameters({ client }, { DBParameterGroupName: name, Source: 'user' }, http)
    for await (const page of pages) set.push(...(page.Parameters ?? []))
    return set.flatMap((parameter) =>
      parameter.ParameterName === undefined || parameter.ParameterValue === undefined
        ? []
        : [{ group: name, name: parameter.ParameterName, value: parameter.ParameterValue }],
    )
  })
}

function found<T>(server: T | undefined, identifier: string): T {
  if (server !== undefined) return server
  throw new MigrationError('precondition', `RDS knows no ${identifier}`, {
    remedy: 'Check the identifier in the migration file and the region of the job.',
  })
}
