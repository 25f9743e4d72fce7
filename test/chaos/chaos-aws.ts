import { cpSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  DatabaseMigrationServiceClient,
  DescribeReplicationTasksCommand,
} from '@aws-sdk/client-database-migration-service'
import { parseConfig, type EmulatorConfig } from '../emulator/config.ts'
import { openEmulatorServer, type EmulatorServer } from '../emulator/server.ts'
import type { ChaosServers } from './chaos-servers.ts'
import type { Stage } from './stage.ts'

export const awsKeys = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAEMULATEDEMULATED',
  AWS_SECRET_ACCESS_KEY: 'emulated',
} as const

/** The emulated AWS of one case after another, each as it was at a kept stage. */
export class ChaosAws {
  readonly #folder: string
  readonly #config: EmulatorConfig
  #running: { readonly server: EmulatorServer; readonly folder: string } | undefined
  #opened = 0

  /** @param ports where runners reach the databases */
  constructor(
    folder: string,
    servers: ChaosServers,
    ports: { readonly source: number; readonly target: number },
  ) {
    this.#folder = folder
    this.#config = configOf(servers, ports)
  }

  get url(): string {
    return this.#running?.server.url ?? ''
  }

  /** Gives its URL; without a stage it has nothing yet. */
  async open(stage: Stage | undefined): Promise<string> {
    this.#opened += 1
    const folder = join(this.#folder, `aws ${this.#opened}`)
    if (stage !== undefined) cpSync(this.#kept(stage), folder, { recursive: true })
    const server = await openEmulatorServer(parseConfig(this.#config), folder, 0)
    this.#running = { server, folder }
    return server.url
  }

  async close(): Promise<void> {
    if (this.#running === undefined) return
    const { server, folder } = this.#running
    this.#running = undefined
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }

  /** Keeps its state under the name of the stage, and closes it. */
  async keep(stage: Stage): Promise<void> {
    if (this.#running === undefined) throw new Error('AWS is closed')
    const { server, folder } = this.#running
    this.#running = undefined
    await server.close()
    cpSync(folder, this.#kept(stage), { recursive: true })
    await rm(folder, { recursive: true, force: true })
  }

  /** Waits until every task runs that is not stopped. */
  async tasksRun(): Promise<void> {
    const client = new DatabaseMigrationServiceClient({
      endpoint: this.url,
      region: awsKeys.AWS_REGION,
      credentials: { accessKeyId: awsKeys.AWS_ACCESS_KEY_ID, secretAccessKey: awsKeys.AWS_SECRET_ACCESS_KEY },
    })
    try {
      for (let attempt = 1; ; attempt += 1) {
        const { ReplicationTasks: tasks = [] } = await client.send(new DescribeReplicationTasksCommand({}))
        if (tasks.length > 0 && tasks.every(({ Status }) => Status === 'running' || Status === 'stopped'))
          return
        if (attempt > 500) throw new Error(`tasks do not run: ${JSON.stringify(tasks)}`)
        await delay(10)
      }
    } finally {
      client.destroy()
    }
  }

  /** Asks for one of the emulator's own switches. */
  async control(method: string, path: string, body?: unknown): Promise<void> {
    const response = await fetch(`${this.url}/_emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`the emulator refused ${method} ${path}: ${await response.text()}`)
  }

  #kept(stage: Stage): string {
    return join(this.#folder, `aws at ${stage}`)
  }
}

function configOf(
  { source, target, passwords }: ChaosServers,
  ports: { readonly source: number; readonly target: number },
): EmulatorConfig {
  const secret = (username: keyof typeof passwords, port: number) => ({
    engine: 'postgres',
    host: '127.0.0.1',
    port,
    username,
    password: passwords[username],
    dbname: 'shop',
  })
  return {
    account: '123456789012',
    region: 'eu-west-1',
    knobs: { controlPlaneDelayMs: 0, metricDelayMs: 0, metricPeriodMs: 60_000 },
    rds: { instances: [], clusters: [] },
    secrets: {
      'shop/source': secret('migrator', ports.source),
      'shop/target': secret('migrator', ports.target),
      // DMS and the application do not go through the runner's network.
      'shop/dms-source': secret('dms_source', source.port),
      'shop/dms-target': secret('dms_target', target.port),
      'shop/dms-reverse-source': secret('dms_reverse_source', source.port),
      'shop/dms-reverse-target': secret('dms_reverse_target', target.port),
      'shop/app': secret('shop_app', source.port),
    },
    replicationInstances: [{ identifier: 'chaos' }],
  }
}
