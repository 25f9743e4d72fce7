import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { withSession } from '../../shared/postgres/session.ts'
import type { Fault } from '../emulator/faults.ts'
import { actionOf, directions } from './actions-there.ts'
import { awsKeys, ChaosAws } from './chaos-aws.ts'
import type { Direction } from './chaos-case.ts'
import { openChaosServers, type ChaosServers } from './chaos-servers.ts'
import { startLiveWriters, type LiveWriters } from './live-writers.ts'
import { openRunnerNetwork, type RunnerNetwork } from './runner-network.ts'
import type { Stage } from './stage.ts'
import { openActionRuns, type ActionRun, type ActionRuns } from './action-runs.ts'

/** How a run is started. */
export interface RunSetting {
  readonly attempt?: number
  readonly runId?: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly beforehand?: (process: Pick<ActionRun, 'pid' | 'signal'>) => void
}

/** What the writers may wait before the commit point, in milliseconds. */
export const freezeBudgetMs = 6000

const migrationFile = `name: shop
source: { secret: shop/source, tls: disable }
target: { secret: shop/target, tls: disable }
dms:
  replication-instance: chaos
  ssl-mode: none
  source: { secret: shop/dms-source, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: shop/dms-target, access-role: 'arn:aws:iam::000000000000:role/dms' }
  reverse:
    source: { secret: shop/dms-reverse-source, access-role: 'arn:aws:iam::000000000000:role/dms' }
    target: { secret: shop/dms-reverse-target, access-role: 'arn:aws:iam::000000000000:role/dms' }
tables:
  include: ['shop.%']
cutover:
  application-roles: [shop_app, shop_batch]
  switch: [{ secret: shop/app }]
  freeze-budget: ${freezeBudgetMs / 1000}s
  marker-round-trip: 5s
  watch: 100ms
`

/** Two servers, an emulated AWS, paths of runners to all three, and a migration that can be brought back to a stage. */
export interface ChaosLab {
  readonly servers: ChaosServers
  readonly network: RunnerNetwork
  /** For clients that go past the runners' paths: AWS_ENDPOINT_URL and keys. */
  readonly awsEnvironment: Readonly<Record<string, string>>
  /** Databases and AWS as they were at the stage, tasks running. */
  begin(stage: Stage): Promise<void>
  /** Starts a run in the direction; `attempt` of run 100 unless another is named. */
  start(direction: Direction, how?: RunSetting): Promise<ActionRun>
  /** Live writers, and a stale one on the database that is left. */
  write(direction: Direction): LiveWriters
  addFault(fault: Fault): Promise<void>
  clearFaults(): Promise<void>
  change(knobs: Readonly<Record<string, number>>): Promise<void>
  close(): Promise<void>
}

/** Makes the migration, once, by the actions themselves. */
export async function openChaosLab(label: string): Promise<ChaosLab> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos '))
  const servers = await openChaosServers(label)
  const network = await openRunnerNetwork({ source: servers.source.port, target: servers.target.port })
  const lab = new Lab(folder, servers, network)
  try {
    await lab.prepare()
    return lab
  } catch (error) {
    await lab.close()
    throw error
  }
}

class Lab implements ChaosLab {
  readonly servers: ChaosServers
  readonly network: RunnerNetwork
  readonly #folder: string
  readonly #file: string
  readonly #runs: ActionRuns
  readonly #aws: ChaosAws
  #inputs: Record<string, string> = {}

  constructor(folder: string, servers: ChaosServers, network: RunnerNetwork) {
    this.#folder = folder
    this.servers = servers
    this.network = network
    this.#file = join(folder, 'shop.yml')
    this.#aws = new ChaosAws(folder, servers, network.ports)
    this.#runs = openActionRuns(folder, (pid) => servers.watch(pid))
  }

  get awsEnvironment(): Record<string, string> {
    return { ...awsKeys, AWS_ENDPOINT_URL: this.#aws.url }
  }

  async prepare(): Promise<void> {
    await writeFile(this.#file, migrationFile)
    this.network.forwardAwsTo(await this.#aws.open(undefined))
    const digest = await this.#digest()
    const run = async (action: string) => {
      const order = {
        action,
        inputs: { migration: this.#file, 'plan-digest': digest, 'max-wait': '60s' },
        environment: { ...awsKeys, AWS_ENDPOINT_URL: this.network.awsUrl },
      }
      const end = await (await this.#runs.run(order)).ended
      if (end.exitCode !== 0) throw new Error(`${action} failed:\n${end.log}`)
      return end
    }
    await run('create-task')
    await run('wait-full-load')
    const { outputs } = await run('wait-cdc-sync')
    this.#inputs = {
      migration: this.#file,
      'plan-digest': digest,
      'evidence-id': outputs['evidence-id'] ?? '',
      'require-approval': 'false',
      'github-token': 'none',
      'dry-run': 'false',
    }
    await this.#keep('loaded')
    if (!directions().includes('back')) return
    await this.begin('loaded')
    const { exitCode, log } = await (await this.start('forward')).ended
    if (exitCode !== 0) throw new Error(`the cutover before every fall-back failed:\n${log}`)
    await this.#keep('opened')
  }

  async begin(stage: Stage): Promise<void> {
    this.network.heal()
    this.network.record()
    await this.#aws.close()
    await this.servers.reset(stage)
    this.network.forwardAwsTo(await this.#aws.open(stage))
    await this.#aws.tasksRun()
  }

  async start(direction: Direction, how: RunSetting = {}): Promise<ActionRun> {
    return this.#runs.run({
      action: actionOf[direction],
      inputs: { ...this.#inputs, ...how.inputs },
      environment: {
        ...awsKeys,
        AWS_ENDPOINT_URL: this.network.awsUrl,
        GITHUB_RUN_ID: how.runId ?? '100',
        GITHUB_RUN_ATTEMPT: String(how.attempt ?? 1),
      },
      ...(how.beforehand === undefined ? {} : { beforehand: how.beforehand }),
    })
  }

  write(direction: Direction): LiveWriters {
    Object.assign(process.env, this.awsEnvironment)
    const { source, target, passwords } = this.servers
    const left = direction === 'forward' ? source : target
    const { ports } = this.network
    return startLiveWriters(
      {
        host: '127.0.0.1',
        port: left.port,
        user: 'shop_batch',
        password: passwords.shop_batch,
        database: 'shop',
      },
      (port) => (port === ports.source ? source.port : port === ports.target ? target.port : port),
    )
  }

  async addFault(fault: Fault): Promise<void> {
    await this.#aws.control('POST', 'faults', fault)
  }

  async clearFaults(): Promise<void> {
    await this.#aws.control('DELETE', 'faults')
  }

  async change(knobs: Readonly<Record<string, number>>): Promise<void> {
    await this.#aws.control('POST', 'knobs', knobs)
  }

  async close(): Promise<void> {
    this.#runs.close()
    await this.#aws.close()
    await this.network.close()
    await this.servers.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #keep(stage: Stage): Promise<void> {
    await this.#aws.keep(stage)
    await this.servers.keep(stage)
  }

  async #digest(): Promise<string> {
    const migration = parseMigration(await readFile(this.#file, 'utf8'), this.#file)
    const options = { label: 'source', application: 'chaos', signal: new AbortController().signal }
    const catalogue = await withSession(this.servers.login('source'), options, async (session) =>
      readSourceCatalogue(session, migration),
    )
    const decisions = plainDecisions(catalogue.planned, 128)
    return planDigest(buildPlan(migration, { source: catalogue, decisions }))
  }
}
