import type { Emulator } from '../emulator.ts'
import { testConnection } from '../replication/replication-job.ts'
import type { StartType } from '../replication/replication-job.ts'
import { failureMessage } from './connections.ts'
import { addressOf } from './database-address.ts'
import { findEndpoint } from './endpoints.ts'
import { serverlessStart } from './records.ts'
import type { ReplicationConfigRecord } from './records.ts'
import { forgetConfig } from './replication-configs.ts'
import type { TaskRunner } from './task-runner.ts'

/** Takes serverless replications through the statuses between StartReplication and `running`. */
export class ServerlessStarter {
  readonly #emulator: Emulator
  readonly #runner: TaskRunner

  constructor(emulator: Emulator, runner: TaskRunner) {
    this.#emulator = emulator
    this.#runner = runner
  }

  /** The caller has checked that it may start. */
  start(config: ReplicationConfigRecord, type: StartType, cdcStartPosition: string | undefined): void {
    this.#runner.begin(config, type, cdcStartPosition)
    this.#step(config, 0)
  }

  /** Takes up what was under way when the emulator went down. */
  resumeAll(): void {
    for (const config of this.#emulator.store.state.replicationConfigs) {
      const step = serverlessStart.findIndex((status) => status === config.status)
      if (step !== -1 && config.status !== 'replication_starting') this.#step(config, step)
      else this.#runner.takeUp(config, 'replication_starting', () => forgetConfig(this.#emulator, config))
    }
  }

  #step(config: ReplicationConfigRecord, index: number): void {
    const { store, knobs } = this.#emulator
    const status = serverlessStart[index]
    if (status === undefined) return
    config.status = status
    if (status === 'replication_starting') config.provisionedAt = new Date().toISOString()
    store.save()
    if (status === 'replication_starting') {
      this.#runner.launch(config)
      return
    }
    this.#emulator.after(knobs.controlPlaneDelayMs / serverlessStart.length, () => {
      if (status !== 'testing_connection') this.#step(config, index + 1)
      else
        void this.#test(config).then((failure) => {
          if (failure === undefined) this.#step(config, index + 1)
          else
            this.#runner.end(config, { status: 'failed', stopReason: failure, lastFailureMessage: failure })
        })
    })
  }

  /** Serverless has no TestConnection: every start tests both endpoints. */
  async #test(config: ReplicationConfigRecord): Promise<string | undefined> {
    for (const arn of [config.sourceEndpointArn, config.targetEndpointArn]) {
      try {
        await testConnection(addressOf(this.#emulator, findEndpoint(this.#emulator, arn)))
      } catch (error) {
        return `Test connection failed for endpoint '${arn}' and replication config '${config.arn}'. ${failureMessage(error)}`
      }
    }
    return undefined
  }
}
