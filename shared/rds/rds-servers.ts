import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type DBCluster,
  type DBInstance,
  type RDSClient,
} from '@aws-sdk/client-rds'
import type { RdsServer } from '../preflight/facts.ts'
import { MigrationError } from '../runtime/errors.ts'

/** What is read of RDS; nothing is ever changed through it. */
export interface RdsServers {
  /** Throws `precondition` where it is not there or may not be described, `unavailable` where AWS does not answer. */
  instance(identifier: string): Promise<RdsServer>
  cluster(identifier: string): Promise<RdsServer>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function rdsServers(client: RDSClient, signal: AbortSignal): RdsServers {
  const http = { abortSignal: signal }
  const describeInstance = async (identifier: string) => {
    const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier })
    const answer = await call('DescribeDBInstances', identifier, () => client.send(command, http))
    return found(answer.DBInstances?.[0], identifier)
  }
  return {
    instance: async (identifier) => parseInstance(await describeInstance(identifier), identifier),
    cluster: async (identifier) => {
      const command = new DescribeDBClustersCommand({ DBClusterIdentifier: identifier })
      const answer = await call('DescribeDBClusters', identifier, () => client.send(command, http))
      const cluster = found(answer.DBClusters?.[0], identifier)
      const writer = cluster.DBClusterMembers?.find((member) => member.IsClusterWriter === true)
      const instance =
        writer?.DBInstanceIdentifier === undefined
          ? undefined
          : await describeInstance(writer.DBInstanceIdentifier)
      return parseCluster(cluster, identifier, writer?.DBClusterParameterGroupStatus, instance)
    },
  }
}

function parseInstance(instance: DBInstance, identifier: string): RdsServer {
  return {
    kind: 'instance',
    identifier,
    status: instance.DBInstanceStatus ?? 'unknown',
    engine: instance.Engine ?? '',
    engineVersion: instance.EngineVersion ?? '',
    address: instance.Endpoint?.Address ?? '',
    port: instance.Endpoint?.Port ?? 0,
    backupRetentionDays: instance.BackupRetentionPeriod ?? 0,
    parameterGroups: instanceGroups(instance),
  }
}

function parseCluster(
  cluster: DBCluster,
  identifier: string,
  groupStatus: string | undefined,
  writer: DBInstance | undefined,
): RdsServer {
  return {
    kind: 'cluster',
    identifier,
    status: cluster.Status ?? 'unknown',
    engine: cluster.Engine ?? '',
    engineVersion: cluster.EngineVersion ?? '',
    address: cluster.Endpoint ?? '',
    port: cluster.Port ?? 0,
    backupRetentionDays: cluster.BackupRetentionPeriod ?? 0,
    parameterGroups: [
      {
        name: cluster.DBClusterParameterGroup ?? 'cluster parameters',
        applyStatus: groupStatus ?? 'unknown',
      },
      ...(writer === undefined ? [] : instanceGroups(writer)),
    ],
  }
}

function instanceGroups(instance: DBInstance): { name: string; applyStatus: string }[] {
  return (instance.DBParameterGroups ?? []).map((group) => ({
    name: group.DBParameterGroupName ?? 'parameters',
    applyStatus: group.ParameterApplyStatus ?? 'unknown',
  }))
}

/** Names of errors by which RDS says that there is no such server; by name, as not all of them are classes. */
const absent = ['DBInstanceNotFoundFault', 'DBInstanceNotFound', 'DBClusterNotFoundFault']
const denied = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']

async function call<T>(operation: string, identifier: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : ''
    if (name === 'AbortError') throw new MigrationError('cancelled', 'the run was cancelled', { cause })
    const said = cause instanceof Error ? cause.message : String(cause)
    // A fault of the client is an answer: the same call will be refused again. Anything else may pass.
    const known = absent.includes(name) || denied.includes(name) || isClientFault(cause)
    throw new MigrationError(
      known ? 'precondition' : 'unavailable',
      `${operation} of ${identifier} failed: ${said}`,
      {
        remedy: denied.includes(name)
          ? `Allow rds:${operation} to the role of this job.`
          : 'Check the identifier in the migration file, the region and the AWS credentials of the job.',
        cause,
      },
    )
  }
}

function isClientFault(cause: unknown): boolean {
  return (
    cause instanceof Error && '$fault' in cause && cause.$fault === 'client' && !/throttl/iu.test(cause.name)
  )
}

function found<T>(server: T | undefined, identifier: string): T {
  if (server !== undefined) return server
  throw new MigrationError('precondition', `RDS knows no ${identifier}`, {
    remedy: 'Check the identifier in the migration file and the region of the job.',
  })
}
