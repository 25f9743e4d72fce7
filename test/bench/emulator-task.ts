import {
  quirkSettings,
  startReplication,
  type MigrationType,
  type ReplicationEnd,
  type RunningReplication,
} from '../emulator/replication/replication-job.ts'
import type { BenchServers } from './emulator-servers.ts'

/** The emulated DMS at work, in this process. */
export interface BenchTask {
  readonly replication: RunningReplication
  /** Resolves when it has ended; rejects where it failed, or reported an error on the way. */
  readonly ended: Promise<ReplicationEnd>
}

/** `schema.table` with DMS's wildcards. */
export type TablePattern = readonly [schema: string, table: string]

/** Starts a task over the sample with the settings that create-task gives one. */
export function startBenchTask(
  servers: BenchServers,
  options: {
    readonly type: MigrationType
    readonly tables: readonly TablePattern[]
    readonly workers: number
  },
): BenchTask {
  const errors: string[] = []
  const ended = Promise.withResolvers<ReplicationEnd>()
  const replication = startReplication(
    {
      taskArn: 'arn:aws:dms:eu-west-1:123456789012:task:BENCH',
      taskIdentifier: 'bench',
      externalId: 'BENCH',
      migrationType: options.type,
      startType: 'start-replication',
      source: servers.address('source'),
      target: servers.address('target'),
      tableMappings: {
        rules: options.tables.map(([schema, table], index) => ({
          'rule-type': 'selection',
          'rule-id': String(index + 1),
          'rule-name': String(index + 1),
          'object-locator': { 'schema-name': schema, 'table-name': table },
          'rule-action': 'include',
        })),
      },
      taskSettings: {
        TargetMetadata: { SupportLobs: true, LimitedSizeLobMode: true, LobMaxSize: 4096 },
        FullLoadSettings: {
          TargetTablePrepMode: 'DO_NOTHING',
          MaxFullLoadSubTasks: options.workers,
        },
      },
      // Partitions are moved as the tables that they are, as the reference does.
      quirks: quirkSettings({ 'partition-parents-loaded': false }),
      replicationDelayMs: () => 0,
      fault: () => Promise.resolve(),
    },
    {
      checkpoint: () => undefined,
      running: () => undefined,
      ended(end) {
        if (end.status === 'failed' || errors.length > 0)
          ended.reject(new Error([end.lastFailureMessage ?? end.stopReason, ...errors].join('\n')))
        else ended.resolve(end)
      },
      log: ({ severity, message }) => {
        if (severity === 'error') errors.push(message)
      },
    },
  )
  return { replication, ended: ended.promise }
}
