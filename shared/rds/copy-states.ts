import {
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds'
import { call } from './service-call.ts'

/** What exists, as far as a copy cares. */
export interface CopyState {
  readonly identifier: string
  readonly arn: string
  /** As the API writes it: `creating`, `available`, `promoting`, … */
  readonly status: string
  readonly engine: string
  readonly engineVersion: string
  readonly kmsKey: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /** Of a read replica's cluster: what it replicates from. */
  readonly replicates: string | undefined
}

export type ServerKind = 'cluster' | 'instance'

/** What there is of servers and snapshots; undefined where it does not exist. */
export interface CopyStates {
  server(kind: ServerKind, identifier: string): Promise<CopyState | undefined>
  snapshot(kind: ServerKind, identifier: string): Promise<CopyState | undefined>
}

/** The port over the real client of one account; `signal` ends calls that are under way. */
export function copyStates(client: RDSClient, signal: AbortSignal): CopyStates {
  const http = { abortSignal: signal }
  const absent = async (find: () => Promise<CopyState | undefined>): Promise<CopyState | undefined> => {
    try {
      return await find()
    } catch (error) {
      if (error instanceof Error && notFound.test(error.name)) return undefined
      throw error
    }
  }
  return {
    server: (kind, identifier) =>
      call(kind === 'cluster' ? 'DescribeDBClusters' : 'DescribeDBInstances', identifier, () =>
        absent(async () => {
          if (kind === 'cluster') {
            const command = new DescribeDBClustersCommand({ DBClusterIdentifier: identifier })
            const [found] = (await client.send(command, http)).DBClusters ?? []
            return found === undefined
              ? undefined
              : {
                  ...commonOf(found),
                  identifier,
                  arn: found.DBClusterArn ?? '',
                  status: found.Status ?? 'unknown',
                  replicates: nonEmpty(found.ReplicationSourceIdentifier),
                }
          }
          const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier })
          const [found] = (await client.send(command, http)).DBInstances ?? []
          return found === undefined
            ? undefined
            : {
                ...commonOf(found),
                identifier,
                arn: found.DBInstanceArn ?? '',
                status: found.DBInstanceStatus ?? 'unknown',
                replicates: undefined,
              }
        }),
      ),

    snapshot: (kind, identifier) =>
      call(kind === 'cluster' ? 'DescribeDBClusterSnapshots' : 'DescribeDBSnapshots', identifier, () =>
        absent(async () => {
          if (kind === 'cluster') {
            const command = new DescribeDBClusterSnapshotsCommand({
              DBClusterSnapshotIdentifier: identifier,
              IncludeShared: true,
            })
            const [found] = (await client.send(command, http)).DBClusterSnapshots ?? []
            return found === undefined
              ? undefined
              : {
                  ...commonOf(found),
                  identifier,
                  arn: found.DBClusterSnapshotArn ?? '',
                  status: found.Status ?? 'unknown',
                  replicates: undefined,
                }
          }
          const command = new DescribeDBSnapshotsCommand({
            DBSnapshotIdentifier: identifier,
            IncludeShared: true,
          })
          const [found] = (await client.send(command, http)).DBSnapshots ?? []
          return found === undefined
            ? undefined
            : {
                ...commonOf(found),
                identifier,
                arn: found.DBSnapshotArn ?? '',
                status: found.Status ?? 'unknown',
                replicates: undefined,
              }
        }),
      ),
  }
}

/** Names by which RDS says that there is none; some are sent with, some without `Fault`. */
const notFound = /^DB(Cluster|Instance|ClusterSnapshot|Snapshot)NotFound(Fault)?$/u

function commonOf(found: {
  readonly Engine?: string | undefined
  readonly EngineVersion?: string | undefined
  readonly KmsKeyId?: string | undefined
  readonly TagList?: readonly Tag[] | undefined
}): Pick<CopyState, 'engine' | 'engineVersion' | 'kmsKey' | 'tags'> {
  return {
    engine: found.Engine ?? '',
    engineVersion: found.EngineVersion ?? '',
    kmsKey: nonEmpty(found.KmsKeyId),
    tags: Object.fromEntries((found.TagList ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
