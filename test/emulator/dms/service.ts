import type { Emulator } from '../emulator.ts'
import type { Service } from '../protocol/service.ts'
import { assessmentOperations, settleRun } from './assessment-runs.ts'
import { Assessor } from './assessor.ts'
import { certificateOperations } from './certificates.ts'
import { connectionOperations, Connections } from './connections.ts'
import { endpointOperations, settleEndpoint } from './endpoints.ts'
import { eventOperations } from './events.ts'
import { offerOperations } from './offers.ts'
import { forgetTask, settleTask } from './replication-tasks.ts'
import { replicationInstanceOperations, settleInstance } from './replication-instances.ts'
import { subnetGroupOperations } from './subnet-groups.ts'
import { tableStatisticsOperations } from './table-statistics.ts'
import { tagOperations } from './tags.ts'
import { replicationConfigOperations, settleConfig } from './replication-configs.ts'
import { replicationOperations } from './replications.ts'
import { ServerlessStarter } from './serverless-start.ts'
import { taskOperations } from './task-operations.ts'
import { TaskRunner } from './task-runner.ts'

export interface DmsService extends Service {
  readonly runner: TaskRunner
  /** Takes up what the last process of this state folder left under way. */
  resume(): void
}

export function dmsService(emulator: Emulator): DmsService {
  const connections = new Connections(emulator)
  const runner = new TaskRunner(emulator)
  const starter = new ServerlessStarter(emulator, runner)
  const assessor = new Assessor(emulator)
  return {
    name: 'dms',
    signingName: 'dms',
    targetPrefix: 'AmazonDMSv20160101',
    operations: {
      ...replicationInstanceOperations(emulator),
      ...endpointOperations(emulator, connections),
      ...certificateOperations(emulator),
      ...connectionOperations(emulator, connections),
      ...taskOperations(emulator, connections, runner),
      ...tableStatisticsOperations(emulator, runner),
      ...assessmentOperations(emulator, assessor),
      ...replicationConfigOperations(emulator, runner),
      ...replicationOperations(emulator, runner, starter),
      ...tagOperations(emulator),
      ...eventOperations(emulator),
      ...subnetGroupOperations(emulator),
      ...offerOperations(emulator),
    },
    runner,
    resume() {
      const { replicationInstances, endpoints, tasks, replicationConfigs, assessmentRuns } =
        emulator.store.state
      for (const instance of replicationInstances) settleInstance(emulator, instance)
      for (const endpoint of endpoints) settleEndpoint(emulator, endpoint)
      for (const task of tasks) settleTask(emulator, task)
      for (const config of replicationConfigs) settleConfig(emulator, config)
      connections.settleAll()
      for (const task of tasks) runner.takeUp(task, 'starting', () => forgetTask(emulator, task))
      starter.resumeAll()
      for (const run of assessmentRuns) settleRun(emulator, run)
      assessor.resumeAll()
    },
  }
}
