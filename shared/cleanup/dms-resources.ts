import {
  DeleteEndpointCommand,
  DeleteReplicationInstanceCommand,
  DeleteReplicationTaskAssessmentRunCommand,
  paginateDescribeEndpoints,
  paginateDescribeReplicationConfigs,
  paginateDescribeReplicationInstances,
  paginateDescribeReplicationTasks,
  type DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service'
import { isNamed, serviceError } from '../dms/service-error.ts'
import { ending, pagesOf } from '../dms/task-calls.ts'

export type DmsKind = 'replication-task' | 'replication-config' | 'endpoint' | 'replication-instance'

/** Something that is in DMS. */
export interface DmsResource {
  readonly kind: DmsKind
  readonly identifier: string
  readonly arn: string
  readonly status: string
}

/** All of the account and region, a page of 100 at a time; replication configs only where they are asked for. */
export async function allDmsResources(
  client: DatabaseMigrationServiceClient,
  serverless: boolean,
  signal: AbortSignal,
): Promise<DmsResource[]> {
  const options = { client, pageSize: 100 }
  const http = { abortSignal: signal }
  const of = (
    kind: DmsKind,
    identifier: string | undefined,
    arn: string | undefined,
    status: string | undefined,
  ) => ({
    kind,
    identifier: identifier ?? '',
    arn: arn ?? '',
    status: status ?? '',
  })
  const tasks = await pagesOf(
    'DescribeReplicationTasks',
    [],
    paginateDescribeReplicationTasks(options, { WithoutSettings: true }, http),
    (page) => page.ReplicationTasks,
  )
  const configs = serverless
    ? await pagesOf(
        'DescribeReplicationConfigs',
        [],
        paginateDescribeReplicationConfigs(options, {}, http),
        (page) => page.ReplicationConfigs,
      )
    : []
  const endpoints = await pagesOf(
    'DescribeEndpoints',
    [],
    paginateDescribeEndpoints(options, {}, http),
    (page) => page.Endpoints,
  )
  const instances = await pagesOf(
    'DescribeReplicationInstances',
    [],
    paginateDescribeReplicationInstances(options, {}, http),
    (page) => page.ReplicationInstances,
  )
  return [
    ...tasks.map((one) =>
      of('replication-task', one.ReplicationTaskIdentifier, one.ReplicationTaskArn, one.Status),
    ),
    ...configs.map((one) =>
      of('replication-config', one.ReplicationConfigIdentifier, one.ReplicationConfigArn, undefined),
    ),
    ...endpoints.map((one) => of('endpoint', one.EndpointIdentifier, one.EndpointArn, one.Status)),
    ...instances.map((one) =>
      of(
        'replication-instance',
        one.ReplicationInstanceIdentifier,
        one.ReplicationInstanceArn,
        one.ReplicationInstanceStatus,
      ),
    ),
  ]
}

/** Asks for the deletion of an endpoint or instance; one that is gone, or on its way, is no error. */
export async function removeDms(
  client: DatabaseMigrationServiceClient,
  kind: 'endpoint' | 'replication-instance',
  arn: string,
  signal: AbortSignal,
): Promise<void> {
  const http = { abortSignal: signal }
  if (kind === 'endpoint')
    await ending('DeleteEndpoint', arn, 'ResourceNotFoundFault', () =>
      client.send(new DeleteEndpointCommand({ EndpointArn: arn }), http),
    )
  else
    await ending('DeleteReplicationInstance', arn, 'ResourceNotFoundFault', () =>
      client.send(new DeleteReplicationInstanceCommand({ ReplicationInstanceArn: arn }), http),
    )
}

/** Removes the record of a premigration assessment; its results in the bucket stay. */
export async function removeAssessmentRun(
  client: DatabaseMigrationServiceClient,
  arn: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.send(
      new DeleteReplicationTaskAssessmentRunCommand({ ReplicationTaskAssessmentRunArn: arn }),
      {
        abortSignal: signal,
      },
    )
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundFault'))
      throw serviceError(error, 'DeleteReplicationTaskAssessmentRun', arn)
  }
}
