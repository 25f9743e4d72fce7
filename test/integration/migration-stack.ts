import {
  DatabaseMigrationServiceClient,
  DeleteReplicationTaskCommand,
  DescribeReplicationTasksCommand,
  StopReplicationTaskCommand,
  type ReplicationTask,
} from '@aws-sdk/client-database-migration-service'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { planDigest } from '../../shared/migration/digest.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import type { SourceCatalogue } from '../../shared/migration/catalogue-model.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import type { EmulatorConfig, EmulatorKnobs } from '../emulator/config.ts'
import { startEmulator, type RunningEmulator } from '../emulator/start-emulator.ts'
import type { RolePasswords } from '../workload/sample-database.ts'
import { inputEnvironment, readOutputs } from './action-files.ts'
import { openSamplePair, sampleMigrationFile, type SamplePair } from './sample-pair.ts'

export interface SourceActionResult {
  readonly exitCode: number | null
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly log: string
  readonly ms: number
}

export interface SourceActionOptions {
  /** Aborting sends SIGINT, as the runner does. */
  readonly cancel?: AbortSignal
  /** Aborting kills the process, as the end of its machine does. */
  readonly kill?: AbortSignal
  /** So many times as quickly pass the waits of the action. */
  readonly hurry?: number
  /** Called with every line of the log. */
  readonly onLine?: (line: string) => void
}

/** Two servers with the sample, an emulator, a migration file: what an action meets, and actions run from sources. */
export interface MigrationStack {
  readonly pair: SamplePair
  readonly emulator: RunningEmulator
  readonly file: string
  /** What a plan is built from, as the file and the source are now. */
  planFacts(): Promise<{ readonly migration: Migration; readonly catalogue: SourceCatalogue }>
  /** Digest of the plan that the file and the source give now. */
  digest(): Promise<string>
  /** Replaces the migration file: the sample's with `extra` appended and `change` applied. */
  rewrite(extra?: string, change?: (text: string) => string): Promise<void>
  /** Tasks as DMS describes them. */
  tasks(): Promise<ReplicationTask[]>
  /** Stops and deletes every task, and waits until they are gone: the way to a new load. */
  dropTasks(): Promise<void>
  run(
    action: string,
    inputs: Readonly<Record<string, string>>,
    options?: SourceActionOptions,
  ): Promise<SourceActionResult>
  close(): Promise<void>
}

const runner = fileURLToPath(new URL('./source-action.ts', import.meta.url))

/** Opens everything; `knobs` are those of the emulator, quick by default. */
export async function openMigrationStack(
  label: string,
  options: {
    readonly scale?: number
    readonly knobs?: Partial<EmulatorKnobs>
    /** Identifiers of the replication instances that are there. */
    readonly instances?: readonly string[]
    /** What RDS knows of the servers; nothing by default. */
    readonly rds?: (pair: SamplePair) => NonNullable<EmulatorConfig['rds']>
  } = {},
): Promise<MigrationStack> {
  const folder = await mkdtemp(join(tmpdir(), 'migration '))
  const pair = await openSamplePair(label, options.scale ?? 0.02)
  const file = join(folder, 'shop.yml')
  const rewrite = async (extra = '', change = (text: string) => text) =>
    writeFile(file, change(sampleMigrationFile(extra)))
  await rewrite()
  const secret = (side: 'source' | 'target', username: Exclude<keyof RolePasswords, `shop_${string}`>) => ({
    engine: 'postgres',
    host: pair[side].host,
    port: pair[side].port,
    username,
    password: pair.passwords[username],
    dbname: 'shop',
  })
  const emulator = await startEmulator({
    stateFolder: join(folder, 'emulator'),
    logFile: join(folder, 'emulator.log'),
    config: {
      account: '123456789012',
      region: 'eu-west-1',
      knobs: { controlPlaneDelayMs: 100, metricDelayMs: 0, metricPeriodMs: 200, ...options.knobs },
      rds: options.rds?.(pair) ?? { instances: [], clusters: [] },
      secrets: {
        'shop/source': secret('source', 'migrator'),
        'shop/target': secret('target', 'migrator'),
        'shop/dms-source': secret('source', 'dms_source'),
        'shop/dms-target': secret('target', 'dms_target'),
        'shop/dms-reverse-source': secret('source', 'dms_reverse_source'),
        'shop/dms-reverse-target': secret('target', 'dms_reverse_target'),
        'shop/dms-target-wrong': { ...secret('target', 'dms_target'), password: 'not-the-password' },
      },
      replicationInstances: (options.instances ?? ['rehearsal']).map((identifier) => ({ identifier })),
    },
  })

  const credentials = emulator.environment()
  const client = new DatabaseMigrationServiceClient({
    endpoint: emulator.url,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: credentials['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: credentials['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  })
  const tasks = async () =>
    (await client.send(new DescribeReplicationTasksCommand({}))).ReplicationTasks ?? []

  const planFacts = async () => {
    const source = await pair.session('source')
    const migration = parseMigration(await readFile(file, 'utf8'), file)
    const catalogue = await readSourceCatalogue(source, migration)
    await source.close()
    return { migration, catalogue }
  }

  return {
    pair,
    emulator,
    tasks,
    dropTasks: async () => {
      for (;;) {
        const found = await tasks()
        if (found.length === 0) return
        for (const { ReplicationTaskArn, Status } of found) {
          if (Status === 'running') await client.send(new StopReplicationTaskCommand({ ReplicationTaskArn }))
          if (Status === 'stopped' || Status === 'failed' || Status === 'ready')
            await client.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn }))
        }
        await delay(100)
      }
    },
    file,
    rewrite,
    planFacts,
    digest: async () => {
      const { migration, catalogue } = await planFacts()
      const plan = buildPlan(migration, {
        source: catalogue,
        decisions: plainDecisions(catalogue.planned, 128),
      })
      return planDigest(plan)
    },
    run: (action, inputs, running = {}) => runSourceAction(action, inputs, emulator, folder, running),
    close: async () => {
      client.destroy()
      await emulator.stop()
      await pair.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function runSourceAction(
  action: string,
  inputs: Readonly<Record<string, string>>,
  emulator: RunningEmulator,
  folder: string,
  options: SourceActionOptions,
): Promise<SourceActionResult> {
  const work = await mkdtemp(join(folder, `${action} `))
  const [output, summary] = [join(work, 'output'), join(work, 'summary')]
  await Promise.all([writeFile(output, ''), writeFile(summary, '')])
  const started = performance.now()
  const child = spawn(process.execPath, [runner, action], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_RUN_ID: '4711',
      GITHUB_RUN_ATTEMPT: '1',
      ...emulator.environment(),
      ...(await inputEnvironment(action, inputs)),
      ...(options.hurry === undefined ? {} : { HURRY: String(options.hurry) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const listen = (chunk: Buffer) => {
    const text = chunk.toString()
    log += text
    for (const line of text.split('\n')) if (line !== '') options.onLine?.(line)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  options.cancel?.addEventListener('abort', () => child.kill('SIGINT'), { once: true })
  options.kill?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true })
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    exitCode,
    outputs: readOutputs(await readFile(output, 'utf8')),
    summary: await readFile(summary, 'utf8'),
    log,
    ms: performance.now() - started,
  }
}
