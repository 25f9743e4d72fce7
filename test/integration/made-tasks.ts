import {
  CreateReplicationTaskCommand,
  DatabaseMigrationServiceClient,
  StartReplicationTaskCommand,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import { setTimeout as delay } from 'node:timers/promises'
import type { MigrationStack } from './migration-stack.ts'

/** Replication tasks by hand: those of `make` have the endpoints of the migration's own, and no CDC. */
export interface MadeTasks {
  /** One that is ready to load the tables of a schema; gives its ARN. */
  make(identifier: string, schema: string): Promise<string>
  start(arn: string): Promise<void>
  /** Starts a task that ran before where it was. */
  resume(arn: string): Promise<void>
  stop(arn: string): Promise<void>
  /** Waits until a task has stopped; gives how long its load took in ms, by DMS's dates. */
  loaded(arn: string): Promise<number>
  close(): void
}

/** Needs the tasks of create-task to be there. */
export function madeTasks(stack: MigrationStack): MadeTasks {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    stack.emulator.environment()
  const dms = new DatabaseMigrationServiceClient({
    endpoint: stack.emulator.url,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
  })
  const until = async (arn: string, status: string) => {
    for (;;) {
      const found = (await stack.tasks()).find(({ ReplicationTaskArn }) => ReplicationTaskArn === arn)
      if (found?.Status === status) return found
      await delay(50)
    }
  }
  const start = async (arn: string, type: 'start-replication' | 'resume-processing') => {
    await dms.send(
      new StartReplicationTaskCommand({ ReplicationTaskArn: arn, StartReplicationTaskType: type }),
    )
  }
  return {
    make: async (identifier, schema) => {
      const [own] = await stack.tasks()
      const answer = await dms.send(
        new CreateReplicationTaskCommand({
          ReplicationTaskIdentifier: identifier,
          ReplicationInstanceArn: own?.ReplicationInstanceArn,
          SourceEndpointArn: own?.SourceEndpointArn,
          TargetEndpointArn: own?.TargetEndpointArn,
          MigrationType: 'full-load',
          TableMappings: JSON.stringify({
            rules: [
              {
                'rule-type': 'selection',
                'rule-id': '1',
                'rule-name': 'all',
                'object-locator': { 'schema-name': schema, 'table-name': '%' },
                'rule-action': 'include',
              },
            ],
          }),
          ReplicationTaskSettings: JSON.stringify({
            FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' },
          }),
        }),
      )
      const arn = answer.ReplicationTask?.ReplicationTaskArn ?? ''
      await until(arn, 'ready')
      return arn
    },
    start: (arn) => start(arn, 'start-replication'),
    resume: (arn) => start(arn, 'resume-processing'),
    stop: async (arn) => {
      await dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }))
    },
    loaded: async (arn) => {
      const { ReplicationTaskStats: stats } = await until(arn, 'stopped')
      return (stats?.FullLoadFinishDate?.getTime() ?? Number.NaN) - (stats?.FullLoadStartDate?.getTime() ?? 0)
    },
    close: () => dms.destroy(),
  }
}
