import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { RDSClient } from '@aws-sdk/client-rds'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { encodeDecisions } from '../../shared/migration/decisions-text.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { plainDecisions, type PlanDecisions } from '../../shared/migration/plan-decisions.ts'
import type { CatalogueTable } from '../../shared/migration/catalogue-model.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { withSession } from '../../shared/postgres/session.ts'
import { parseConfig } from '../emulator/config.ts'
import { openEmulatorServer, type EmulatorServer } from '../emulator/server.ts'
import { removeVolumesFolder } from '../postgres/volumes-folder.ts'
import { openActionPool, type ActionPool, type PooledResult } from './action-pool.ts'
import { openCallProxy, type CallProxy } from './call-proxy.ts'
import { awsState, isSettled, type AwsSight } from './killed-aws-state.ts'
import { portOfMade, rdsOf, type RdsPlaces } from './killed-places.ts'
import { openKilledServers, type KilledServers } from './killed-servers.ts'
import { openMessageProxy, type MessageProxy } from './message-proxy.ts'

/** A migration file and what it is about. */
export interface Variant {
  readonly name: string
  /** Lines that are appended to the migration file. */
  readonly extra: string
  readonly change?: (file: string) => string
  /** Several tasks, for example; one task for all tables where it is left out. */
  readonly decide?: (planned: readonly CatalogueTable[]) => PlanDecisions
  /** Without it the target has no schema: the action makes it. */
  readonly schemaThere: boolean
  /** SQL that a superuser runs on both databases first. */
  readonly also?: string
  /** How RDS knows the servers. */
  readonly rds?: RdsPlaces
  /** The target has the source's rows, and the source a slot made before; what the file says of them, appended to it. */
  readonly loaded?: (lsn: string, slot: string) => string
}

/** Two servers, an emulated AWS, and proxies before all three; every scene begins as the first one did. */
export interface KilledLab {
  readonly proxies: {
    readonly source: MessageProxy
    readonly target: MessageProxy
    readonly aws: CallProxy
  }
  /** Both, past the proxies. */
  readonly servers: KilledServers
  /** Databases and AWS as before the first run, and the variant's migration file. */
  begin(variant: Variant): Promise<void>
  /** Runs an action that may be killed by what `beforehand` is given. */
  start(action: string, beforehand: (kill: () => void) => void): Promise<PooledResult>
  /** Runs an action to its end. Throws with its log where it fails. */
  run(action: string): Promise<PooledResult>
  /** Waits until nothing in AWS is on its way. */
  settle(): Promise<void>
  /** Settles, then tells everything that is there. */
  state(): Promise<string[]>
  /** Rows that were ever written in the database, those of the catalogue too, as PostgreSQL counts them. */
  rowsWritten(side: 'source' | 'target'): Promise<string>
  close(): Promise<void>
}

const fileText = (extra: string) => `name: shop
source: { secret: shop/source, tls: disable }
target: { secret: shop/target, tls: disable }
dms:
  replication-instance: rehearsal
  ssl-mode: none
  source: { secret: shop/dms-source, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: shop/dms-target, access-role: 'arn:aws:iam::000000000000:role/dms' }
  reverse:
    source: { secret: shop/dms-reverse-source, access-role: 'arn:aws:iam::000000000000:role/dms' }
    target: { secret: shop/dms-reverse-target, access-role: 'arn:aws:iam::000000000000:role/dms' }
tables:
  include: ['shop.%', 'billing.%']
cutover:
  application-roles: [shop_app, shop_batch]
  switch: [{ secret: shop/app }]
empty-target: truncate
${extra}`

/** Starts servers, proxies and processes that wait for an action. */
export async function openKilledLab(label: string): Promise<KilledLab> {
  const folder = await mkdtemp(join(tmpdir(), 'killed '))
  const servers = await openKilledServers(label)
  const place: Place = { port: () => Promise.resolve(servers.target.port) }
  const [source, target, aws] = await Promise.all([
    openMessageProxy(() => Promise.resolve(servers.source.port)),
    openMessageProxy(async () => place.port()),
    openCallProxy(),
  ])
  const pool = openActionPool(folder)
  return new Lab({ folder, servers, target: place, pool }, { source, target, aws })
}

/** Where the target's server of this scene is. */
interface Place {
  port: () => Promise<number>
}

interface LabParts {
  readonly folder: string
  readonly servers: KilledServers
  readonly target: Place
  readonly pool: ActionPool
}

class Lab implements KilledLab {
  readonly proxies: KilledLab['proxies']
  readonly #parts: LabParts
  #cloud: { emulator: EmulatorServer; folder: string; sight: AwsSight } | undefined
  #inputs: Record<string, string> = {}
  readonly #known = new Map<Variant, Record<string, string>>()
  #scenes = 0

  constructor(parts: LabParts, proxies: KilledLab['proxies']) {
    this.#parts = parts
    this.proxies = proxies
  }

  async begin(variant: Variant): Promise<void> {
    await this.#closeAws()
    const { loaded, also = '', schemaThere } = variant
    const { slot } = await this.#parts.servers.begin({ schemaThere, also, loaded: loaded !== undefined })
    await this.#openAws(variant)
    for (const proxy of Object.values(this.proxies)) proxy.watch(() => false)
    // Where the slot is made in each scene, its LSN is another one.
    const known = slot === undefined ? this.#known.get(variant) : undefined
    this.#inputs =
      known ?? (await this.#approve(variant, slot === undefined ? '' : loaded?.(slot.lsn, slot.name)))
    this.#known.set(variant, this.#inputs)
  }

  async start(action: string, beforehand: (kill: () => void) => void): Promise<PooledResult> {
    return this.#parts.pool.run({
      action,
      inputs: this.#inputs,
      environment: {
        AWS_ENDPOINT_URL: this.proxies.aws.url,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'AKIAEMULATEDEMULATED',
        AWS_SECRET_ACCESS_KEY: 'emulated',
      },
      beforehand,
    })
  }

  async run(action: string): Promise<PooledResult> {
    const result = await this.start(action, () => undefined)
    if (result.exitCode !== 0) throw new Error(`${action} failed:\n${result.log}`)
    return result
  }

  async settle(): Promise<void> {
    const { sight } = this.#seen
    const deadline = Date.now() + 30_000
    while (!(await isSettled(sight))) {
      if (Date.now() > deadline) throw new Error(`never settled: ${(await awsState(sight)).join('\n')}`)
      await delay(25)
    }
  }

  async state(): Promise<string[]> {
    await this.settle()
    const { servers, target: place } = this.#parts
    const port = await place.port()
    const [source, target, cloud] = await Promise.all([
      servers.state('source'),
      port === servers.target.port ? servers.state('target') : servers.state('source', port),
      awsState(this.#seen.sight),
    ])
    return [
      ...source.map((line) => `source: ${line}`),
      ...target.map((line) => `target: ${line}`),
      ...cloud.map((line) => `AWS: ${line}`),
      // No two scenes have one, where an LSN is part of the plan.
    ].map((line) => line.replaceAll(this.#inputs['plan-digest'] ?? '', '<digest>'))
  }

  async rowsWritten(side: 'source' | 'target'): Promise<string> {
    return this.#parts.servers.rowsWritten(side)
  }

  async close(): Promise<void> {
    this.#parts.pool.close()
    await this.#closeAws()
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()))
    await this.#parts.servers.close()
    await rm(this.#parts.folder, { recursive: true, force: true })
  }

  get servers(): KilledServers {
    return this.#parts.servers
  }

  get #seen(): { sight: AwsSight } {
    if (this.#cloud === undefined) throw new Error('no scene has begun')
    return this.#cloud
  }

  async #openAws({ rds }: Variant): Promise<void> {
    const { servers, target: place } = this.#parts
    const { source, target, passwords } = servers
    const login = (username: keyof typeof passwords) => ({
      engine: 'postgres',
      username,
      password: passwords[username],
      dbname: 'shop',
    })
    const made = rds?.made
    const at = (port: number) => ({ host: '127.0.0.1', port })
    this.#scenes += 1
    const folder = join(this.#parts.folder, `aws ${this.#scenes}`)
    const emulator = await openEmulatorServer(
      parseConfig({
        account: '123456789012',
        region: 'eu-west-1',
        // Settled before the next look of an action, which would wait a quarter of a second for another one.
        knobs: { controlPlaneDelayMs: 0, metricDelayMs: 0, metricPeriodMs: 60_000 },
        rds: rdsOf(rds, servers),
        secrets: {
          'shop/source': { ...login('migrator'), ...at(this.proxies.source.port) },
          'shop/target': { ...login('migrator'), ...at(this.proxies.target.port) },
          // DMS goes past the proxies, so that only the action is counted and struck. A copy's port is known when it is there.
          'shop/dms-source': { ...login('dms_source'), ...at(source.port) },
          'shop/dms-target': { ...login('dms_target'), ...(made === undefined ? at(target.port) : {}) },
          'shop/dms-reverse-source': { ...login('dms_reverse_source'), ...at(source.port) },
          'shop/dms-reverse-target': {
            ...login('dms_reverse_target'),
            ...(made === undefined ? at(target.port) : {}),
          },
        },
        replicationInstances: [{ identifier: 'rehearsal' }],
      }),
      folder,
      0,
    )
    const options = {
      endpoint: emulator.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAEMULATEDEMULATED', secretAccessKey: 'emulated' },
    }
    const sight = { dms: new DatabaseMigrationServiceClient(options), rds: new RDSClient(options) }
    this.#cloud = { emulator, folder, sight }
    this.proxies.aws.forwardTo(emulator.url)
    place.port = made === undefined ? () => Promise.resolve(target.port) : () => portOfMade(sight, made)
  }

  async #closeAws(): Promise<void> {
    if (this.#cloud === undefined) return
    const { emulator, folder, sight } = this.#cloud
    this.#cloud = undefined
    sight.dms.destroy()
    sight.rds.destroy()
    await emulator.close()
    removeVolumesFolder(folder)
    await rm(folder, { recursive: true, force: true })
  }

  /** Writes the file and gives the inputs by which its plan is the approved one. */
  async #approve(variant: Variant, more = ''): Promise<Record<string, string>> {
    const file = join(this.#parts.folder, `${variant.name}.yml`)
    await writeFile(file, (variant.change ?? String)(fileText(variant.extra + more)))
    const migration = parseMigration(await readFile(file, 'utf8'), file)
    const options = { label: 'source', application: 'test', signal: new AbortController().signal }
    const catalogue = await withSession(this.#parts.servers.login('source'), options, async (session) =>
      readSourceCatalogue(session, migration),
    )
    const decisions = variant.decide?.(catalogue.planned) ?? plainDecisions(catalogue.planned, 128)
    return {
      migration: file,
      'plan-digest': planDigest(buildPlan(migration, { source: catalogue, decisions })),
      'plan-decisions': encodeDecisions(decisions),
      // Of cleanup: nothing is to be left that could differ.
      when: 'abandoned',
      'lift-guard': 'true',
      'keep-journal': 'false',
    }
  }
}
