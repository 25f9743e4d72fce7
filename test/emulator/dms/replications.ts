import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { invalidCombination, invalidState, invalidValue } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { readStartPosition, recoveryCheckpoint } from './cdc-position.ts'
import { describeInput } from './filters.ts'
import type { ReplicationConfigRecord } from './records.ts'
import { filterConfigs, findConfig, inState } from './replication-configs.ts'
import { demandPositions, positions } from './replication-tasks.ts'
import { asDate, describeRunStatistics } from './run-statistics.ts'
import type { ServerlessStarter } from './serverless-start.ts'
import { demandStartType } from './start-type.ts'
import { filterStatistics, reloadInput, reloadTables } from './table-statistics.ts'
import type { TaskRunner } from './task-runner.ts'

const startInput = z.strictObject({
  ...positions,
  ReplicationConfigArn: z.string(),
  StartReplicationType: z.enum(['start-replication', 'resume-processing', 'reload-target']),
})

const startable = new Set<ReplicationConfigRecord['status']>(['created', 'stopped', 'failed'])

function start(
  emulator: Emulator,
  starter: ServerlessStarter,
  input: z.output<typeof startInput>,
): ReplicationConfigRecord {
  const config = findConfig(emulator, input.ReplicationConfigArn)
  if (!startable.has(config.status)) throw invalidState(`${inState(config)} and cannot start`)
  demandPositions(config.migrationType, input)
  if (input.CdcStartPosition !== undefined && emulator.quirks['serverless-start-position-refused']) {
    throw invalidValue('CdcStartPosition: DMS Serverless does not support custom CDC start points.')
  }
  demandStartType(emulator, config, input.StartReplicationType, input.CdcStartPosition)
  if (input.StartReplicationType === 'resume-processing' && config.migrationType === 'full-load') {
    throw invalidCombination('Start Type : RESUME_PROCESSING, not applicable for a full-load replication')
  }
  if (input.CdcStopPosition !== undefined) config.cdcStopPosition = input.CdcStopPosition
  if (input.CdcStartPosition !== undefined) config.cdcStartPosition = input.CdcStartPosition
  const position =
    input.StartReplicationType === 'start-replication' && config.cdcStartPosition !== undefined
      ? readStartPosition(config.cdcStartPosition)
      : undefined
  starter.start(config, input.StartReplicationType, position)
  return config
}

function stop(emulator: Emulator, runner: TaskRunner, arn: string): ReplicationConfigRecord {
  const config = findConfig(emulator, arn)
  if (config.status !== 'running') throw invalidState(`${inState(config)} and cannot be stopped`)
  runner.stop(config)
  return config
}

function describeProvision(config: ReplicationConfigRecord): Record<string, unknown> | undefined {
  if (config.provisionedAt === undefined) return undefined
  return {
    ProvisionState: 'provisioned',
    ProvisionedCapacityUnits: config.computeConfig.MinCapacityUnits ?? 1,
    DateProvisioned: new Date(config.provisionedAt),
    IsNewProvisioningAvailable: false,
  }
}

function describer(runner: TaskRunner) {
  return (config: ReplicationConfigRecord): Record<string, unknown> => {
    const lsn = config.status === 'stopped' || config.status === 'failed' ? runner.confirmedLsn(config) : null
    return {
      ReplicationConfigIdentifier: config.identifier,
      ReplicationConfigArn: config.arn,
      SourceEndpointArn: config.sourceEndpointArn,
      TargetEndpointArn: config.targetEndpointArn,
      ReplicationType: config.migrationType,
      Status: config.status,
      ProvisionData: describeProvision(config),
      PremigrationAssessmentStatuses: [],
      StopReason: config.stopReason,
      FailureMessages: config.lastFailureMessage === undefined ? undefined : [config.lastFailureMessage],
      ReplicationStats: describeRunStatistics(runner, config),
      StartReplicationType: config.run?.startType,
      CdcStartPosition: config.cdcStartPosition,
      CdcStopPosition: config.cdcStopPosition,
      RecoveryCheckpoint: lsn === null ? undefined : recoveryCheckpoint(lsn),
      ReplicationCreateTime: new Date(config.createdAt),
      ReplicationUpdateTime: new Date(config.updatedAt),
      ReplicationLastStopTime: asDate(config.stoppedAt),
      IsReadOnly: false,
    }
  }
}

/** The running side of DMS Serverless. */
export function replicationOperations(
  emulator: Emulator,
  runner: TaskRunner,
  starter: ServerlessStarter,
): Record<string, Operation> {
  const describe = describer(runner)
  return {
    StartReplication: operation(startInput, 'changes', (input) => ({
      Replication: describe(start(emulator, starter, input)),
    })),
    StopReplication: operation(z.strictObject({ ReplicationConfigArn: z.string() }), 'changes', (input) => ({
      Replication: describe(stop(emulator, runner, input.ReplicationConfigArn)),
    })),
    DescribeReplications: operation(z.strictObject(describeInput), 'reads', (input) => {
      const { entries, ...marker } = page(filterConfigs(emulator, input.Filters), input, {
        min: 20,
        max: 100,
      })
      return { Replications: entries.map(describe), ...marker }
    }),
    DescribeReplicationTableStatistics: operation(
      z.strictObject({ ...describeInput, ReplicationConfigArn: z.string() }),
      'reads',
      (input) => {
        const config = findConfig(emulator, input.ReplicationConfigArn)
        const { entries, ...marker } = filterStatistics(runner, config, input)
        return { ReplicationConfigArn: config.arn, ReplicationTableStatistics: entries, ...marker }
      },
    ),
    ReloadReplicationTables: operation(
      z.strictObject({ ...reloadInput, ReplicationConfigArn: z.string() }),
      'changes',
      async (input) => {
        const config = findConfig(emulator, input.ReplicationConfigArn)
        await reloadTables(emulator, runner, config, input)
        return { ReplicationConfigArn: config.arn }
      },
    ),
  }
}
