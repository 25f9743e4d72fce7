import {
  CreateEndpointCommand,
  CreateReplicationTaskCommand,
  DescribeConnectionsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  StartReplicationTaskCommand,
  TestConnectionCommand,
} from '@aws-sdk/client-database-migration-service'
import type {
  CreateReplicationTaskCommandInput,
  ReplicationTask,
  TableStatistics,
} from '@aws-sdk/client-database-migration-service'
import { Client } from 'pg'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer } from '../postgres/server-group.ts'
import { openTestEmulator } from './open-test-emulator.ts'
import type { TestEmulator } from './open-test-emulator.ts'
import type { EmulatorConfig } from './start-emulator.ts'
import type { StartType } from './replication/job-contract.ts'

/** An emulator, PostgreSQL 15 as source, 17 as target (database `postgres`, superusers), and an endpoint for each. */
export interface TestMigration {
  readonly aws: TestEmulator
  readonly source: PostgresServer
  readonly target: PostgresServer
  readonly instanceArn: string
  /** By a secret. */
  readonly sourceArn: string
  /** By user and password; foreign keys and triggers are off. */
  readonly targetArn: string
  /** Runs SQL as superuser. */
  query<T = Record<string, unknown>>(server: PostgresServer, sql: string): Promise<T[]>
  /** What the connection of an endpoint came to: `successful` or the failure's message. */
  connection(endpointArn: string): Promise<string>
  testConnection(endpointArn: string): Promise<string>
  /** A task for every table of `public` into tables that exist; resolves when it is ready. */
  createTask(identifier: string, overrides?: Partial<CreateReplicationTaskCommandInput>): Promise<string>
  start(arn: string, type: StartType): Promise<unknown>
  task(arn: string): Promise<ReplicationTask>
  /** Throws with the failure's message where the task fails instead. */
  reaches(arn: string, status: string): Promise<ReplicationTask>
  statistics(arn: string): Promise<TableStatistics[]>
  close(): Promise<void>
}

const patienceMs = 20_000
const glanceMs = 25

/** Looks again and again until there is something; throws after 20 seconds. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + patienceMs
  while (Date.now() < deadline) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise((resolve) => setTimeout(resolve, glanceMs))
  }
  throw new Error(`never happened: ${what}`)
}

const everyTable = {
  rules: [
    {
      'rule-type': 'selection',
      'rule-id': '1',
      'rule-name': 'all',
      'object-locator': { 'schema-name': 'public', 'table-name': '%' },
      'rule-action': 'include',
    },
  ],
}

async function query<T>(server: PostgresServer, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: server.superuserUrl })
  await client.connect()
  try {
    const result = await client.query<Record<string, unknown>>(sql)
    return result.rows as T[]
  } finally {
    await client.end()
  }
}

const loginOf = (server: PostgresServer): { username: string; password: string } => {
  const { username, password } = new URL(server.superuserUrl)
  return { username, password: decodeURIComponent(password) }
}

/** `config` may depend on the servers; both get `schema`. */
export async function openTestMigration(
  label: string,
  schema: string,
  config: (source: PostgresServer) => Partial<EmulatorConfig> = () => ({}),
): Promise<TestMigration> {
  const group = await openServerGroup(label)
  const [source, target] = await Promise.all([
    group.start({ name: 'source', major: 15 }),
    group.start({ name: 'target', major: 17 }),
  ])
  await Promise.all([query(source, schema), query(target, schema)])
  const aws = await openTestEmulator({
    secrets: { 'dms/source': { host: source.host, port: source.port, ...loginOf(source) } },
    ...config(source),
  })
  const { dms } = aws
  const instances = await dms.send(new DescribeReplicationInstancesCommand({}))
  const instanceArn = instances.ReplicationInstances?.[0]?.ReplicationInstanceArn ?? ''
  const sourceEndpoint = await dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: 'source',
      EndpointType: 'source',
      EngineName: 'postgres',
      PostgreSQLSettings: {
        SecretsManagerSecretId: 'dms/source',
        SecretsManagerAccessRoleArn: 'arn:aws:iam::123456789012:role/dms',
        DatabaseName: 'postgres',
        CaptureDdls: false,
      },
    }),
  )
  const { username, password } = loginOf(target)
  const targetEndpoint = await dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: 'target',
      EndpointType: 'target',
      EngineName: 'aurora-postgresql',
      ServerName: target.host,
      Port: target.port,
      DatabaseName: 'postgres',
      Username: username,
      Password: password,
      PostgreSQLSettings: { AfterConnectScript: 'SET session_replication_role = replica' },
    }),
  )
  const sourceArn = sourceEndpoint.Endpoint?.EndpointArn ?? ''
  const targetArn = targetEndpoint.Endpoint?.EndpointArn ?? ''

  async function task(arn: string): Promise<ReplicationTask> {
    const filters = [{ Name: 'replication-task-arn', Values: [arn] }]
    const { ReplicationTasks } = await dms.send(new DescribeReplicationTasksCommand({ Filters: filters }))
    const [found] = ReplicationTasks ?? []
    if (!found) throw new Error('no task')
    return found
  }

  async function connection(endpointArn: string): Promise<string> {
    return until('connection tested', async () => {
      const filters = [{ Name: 'endpoint-arn', Values: [endpointArn] }]
      const answer = await dms.send(new DescribeConnectionsCommand({ Filters: filters }))
      const [seen] = answer.Connections ?? []
      return seen?.Status === 'testing' ? undefined : (seen?.LastFailureMessage ?? seen?.Status)
    })
  }

  async function reaches(arn: string, status: string): Promise<ReplicationTask> {
    return until(`task ${status}`, async () => {
      const seen = await task(arn)
      if (seen.Status === 'failed' && status !== 'failed')
        throw new Error(seen.LastFailureMessage ?? 'failed')
      return seen.Status === status ? seen : undefined
    })
  }

  return {
    aws,
    source,
    target,
    instanceArn,
    sourceArn,
    targetArn,
    query,
    connection,
    task,
    reaches,
    async testConnection(endpointArn) {
      await dms.send(
        new TestConnectionCommand({ EndpointArn: endpointArn, ReplicationInstanceArn: instanceArn }),
      )
      return connection(endpointArn)
    },
    async createTask(identifier, overrides = {}) {
      const { ReplicationTask: created } = await dms.send(
        new CreateReplicationTaskCommand({
          ReplicationTaskIdentifier: identifier,
          SourceEndpointArn: sourceArn,
          TargetEndpointArn: targetArn,
          ReplicationInstanceArn: instanceArn,
          MigrationType: 'full-load-and-cdc',
          TableMappings: JSON.stringify(everyTable),
          ReplicationTaskSettings: JSON.stringify({
            FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' },
          }),
          ...overrides,
        }),
      )
      const arn = created?.ReplicationTaskArn ?? ''
      await reaches(arn, 'ready')
      return arn
    },
    start: (arn, type) =>
      dms.send(new StartReplicationTaskCommand({ ReplicationTaskArn: arn, StartReplicationTaskType: type })),
    async statistics(arn) {
      const answer = await dms.send(new DescribeTableStatisticsCommand({ ReplicationTaskArn: arn }))
      return answer.TableStatistics ?? []
    },
    async close() {
      await aws.close()
      await group.close()
    },
  }
}
