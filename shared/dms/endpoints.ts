import {
  CreateEndpointCommand,
  ModifyEndpointCommand,
  paginateDescribeEndpoints,
  type DatabaseMigrationServiceClient,
  type Endpoint as ApiEndpoint,
} from '@aws-sdk/client-database-migration-service'
import { required } from './answer-part.ts'
import type { NewEndpoint } from './endpoint-document.ts'
import { isNamed, serviceError } from './service-error.ts'
import { secretVersionTag, tagList, type MigrationTags } from './tags.ts'

export interface Endpoint {
  readonly identifier: string
  readonly arn: string
  /** `creating`, `active`, `deleting`, …: free text of the API. */
  readonly status: string
  /** What DMS says of it, in the API's own members, to be compared with what we would have made. */
  readonly document: Readonly<Record<string, unknown>>
}

export interface Endpoints {
  describe(identifiers: readonly string[]): Promise<Endpoint[]>
  /** The new endpoint's ARN; undefined where the identifier is taken. */
  create(identifier: string, endpoint: NewEndpoint, tags: MigrationTags): Promise<string | undefined>
  /** Tells DMS host, user and password anew. False where a task that runs, or a test, is in the way. */
  giveLogin(arn: string, endpoint: NewEndpoint): Promise<boolean>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function endpoints(client: DatabaseMigrationServiceClient, signal?: AbortSignal): Endpoints {
  const http = signal === undefined ? {} : { abortSignal: signal }
  return {
    describe: async (identifiers) => {
      const found: Endpoint[] = []
      try {
        const pages = paginateDescribeEndpoints(
          { client, pageSize: 100 },
          { Filters: [{ Name: 'endpoint-id', Values: [...identifiers] }] },
          http,
        )
        for await (const page of pages) found.push(...(page.Endpoints ?? []).map(parseEndpoint))
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundFault'))
          throw serviceError(error, 'DescribeEndpoints', identifiers.join(', '))
      }
      return found
    },
    create: async (identifier, { document, password, secretVersion }, tags) => {
      try {
        const answer = await client.send(
          new CreateEndpointCommand({
            EndpointIdentifier: identifier,
            ...document,
            ...(password === undefined ? {} : { Password: password }),
            Tags: [
              ...tagList(tags),
              ...(secretVersion === undefined ? [] : [{ Key: secretVersionTag, Value: secretVersion }]),
            ],
          }),
          http,
        )
        return required(answer.Endpoint?.EndpointArn, 'EndpointArn', 'CreateEndpoint')
      } catch (error) {
        if (isNamed(error, 'ResourceAlreadyExistsFault')) return undefined
        throw serviceError(error, 'CreateEndpoint', identifier)
      }
    },
    giveLogin: async (arn, { document, password }) => {
      const { ServerName, Port, DatabaseName, Username } = document
      try {
        await client.send(
          new ModifyEndpointCommand({
            EndpointArn: arn,
            ServerName,
            Port,
            DatabaseName,
            Username,
            Password: password,
          }),
          http,
        )
        return true
      } catch (error) {
        if (isNamed(error, 'InvalidResourceStateFault')) return false
        throw serviceError(error, 'ModifyEndpoint', arn)
      }
    },
  }
}

function parseEndpoint(endpoint: ApiEndpoint): Endpoint {
  const call = 'DescribeEndpoints'
  return {
    identifier: required(endpoint.EndpointIdentifier, 'EndpointIdentifier', call),
    arn: required(endpoint.EndpointArn, 'EndpointArn', call),
    status: required(endpoint.Status, 'Status', call),
    document: {
      // Asked for in lower case, given back in upper case.
      EndpointType: endpoint.EndpointType?.toLowerCase(),
      EngineName: endpoint.EngineName,
      SslMode: endpoint.SslMode,
      CertificateArn: endpoint.CertificateArn,
      DatabaseName: endpoint.DatabaseName,
      ServerName: endpoint.ServerName,
      Port: endpoint.Port,
      Username: endpoint.Username,
      ExtraConnectionAttributes: endpoint.ExtraConnectionAttributes ?? '',
      PostgreSQLSettings: endpoint.PostgreSQLSettings ?? {},
    },
  }
}
