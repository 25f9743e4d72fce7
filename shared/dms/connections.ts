import {
  paginateDescribeConnections,
  TestConnectionCommand,
  type DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service'
import { required } from './answer-part.ts'
import { isNamed, serviceError } from './service-error.ts'

/** The last connection test from a replication instance to an endpoint. */
export interface Connection {
  readonly status: 'testing' | 'successful' | 'failed' | 'deleting'
  readonly failure: string
}

export interface Connections {
  /** Undefined where there was no test yet. */
  describe(endpointArn: string, replicationInstanceArn: string): Promise<Connection | undefined>
  /** Starts a test. `not-yet`: endpoint or instance is in a state in which none can begin. */
  test(endpointArn: string, replicationInstanceArn: string): Promise<'testing' | 'not-yet'>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function connections(client: DatabaseMigrationServiceClient, signal?: AbortSignal): Connections {
  const http = signal === undefined ? {} : { abortSignal: signal }
  return {
    describe: async (endpointArn, replicationInstanceArn) => {
      try {
        const pages = paginateDescribeConnections(
          { client, pageSize: 100 },
          {
            Filters: [
              { Name: 'endpoint-arn', Values: [endpointArn] },
              { Name: 'replication-instance-arn', Values: [replicationInstanceArn] },
            ],
          },
          http,
        )
        for await (const page of pages) {
          for (const found of page.Connections ?? []) {
            const status = required(found.Status, 'Status', 'DescribeConnections')
            return { status: connectionStatus(status), failure: found.LastFailureMessage ?? '' }
          }
        }
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundFault'))
          throw serviceError(error, 'DescribeConnections', endpointArn)
      }
      return undefined
    },
    test: async (endpointArn, replicationInstanceArn) => {
      try {
        await client.send(
          new TestConnectionCommand({
            EndpointArn: endpointArn,
            ReplicationInstanceArn: replicationInstanceArn,
          }),
          http,
        )
        return 'testing'
      } catch (error) {
        if (isNamed(error, 'InvalidResourceStateFault')) return 'not-yet'
        throw serviceError(error, 'TestConnection', endpointArn)
      }
    },
  }
}

/** A status that is not known is waited on like a test under way; the wait's deadline ends it. */
function connectionStatus(status: string): Connection['status'] {
  return status === 'successful' || status === 'failed' || status === 'deleting' ? status : 'testing'
}
