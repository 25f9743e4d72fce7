import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { Client } from 'pg'
import { storeEvidence } from '../../shared/control/plan-store.ts'
import type { Evidence } from '../../shared/migration/evidence.ts'
import { carriers } from '../../shared/migration/carriers.ts'
import { planSchemas } from '../../shared/migration/plan-schemas.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { readFingerprint } from '../../shared/postgres/fingerprint.ts'
import { runPost, startCutover, type CutoverProcess } from './cutover-process.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

/** Both servers with the sample loaded and replicating, evidence kept: everything that a cutover needs. */
export interface CutoverLab {
  readonly stack: MigrationStack
  readonly digest: string
  readonly evidenceId: string
  readonly cutover: (options?: {
    readonly runId?: string
    readonly inputs?: Readonly<Record<string, string>>
  }) => Promise<CutoverProcess>
  /** Goes back to the source. */
  readonly fallBack: (options?: {
    readonly runId?: string
    readonly inputs?: Readonly<Record<string, string>>
  }) => Promise<CutoverProcess>
  /** Evidence for another cutover: of the tasks that a fall-back of that generation has made. Gives its id. */
  readonly evidenceAgain: (generation: bigint) => Promise<string>
  /** Phase of the deciding row of one side, or undefined. */
  readonly decision: (side: 'source' | 'target') => Promise<string | undefined>
  /** Waits until the condition holds; throws after `ms`. */
  readonly until: (what: string, ms: number, holds: () => Promise<boolean>) => Promise<void>
  /** Can the application write there, in a session of its own? Gives the SQLSTATE where not. */
  readonly write: (
    side: 'source' | 'target',
    role?: 'shop_app' | 'shop_batch',
    before?: string,
  ) => Promise<string>
  /** From here on the next run's marker of the check arrives and nothing after it: the marker of the drain cannot. */
  readonly holdDrain: () => Promise<void>
  /** Runs SQL as a superuser in a session of its own, which outlives no restart. */
  readonly sql: (side: 'source' | 'target', statement: string) => Promise<Record<string, unknown>[]>
  /** Points the migration's secret of the source somewhere else, a proxy say. */
  readonly moveSource: (port: number) => Promise<void>
  /** Runs the post step after a run, as the runner does. */
  readonly post: (run: CutoverProcess) => Promise<string>
  readonly close: () => Promise<void>
}

/**
 * Opens the lab; `extra` is appended to the sample's migration file (its last section is `cutover:`), `change` changes the
 * databases before anything of the migration is made, `stackOptions` are those of the stack.
 */
export async function openCutoverLab(
  label: string,
  extra = '  freeze-budget: 20s\n  watch: 500ms\n',
  change: (stack: MigrationStack) => Promise<void> = async () => {},
  stackOptions: Parameters<typeof openMigrationStack>[1] = {},
): Promise<CutoverLab> {
  const stack = await openMigrationStack(label, stackOptions)
  try {
    for (const side of ['source', 'target'] as const) {
      await stack.pair.sql(side, 'alter system set fsync = on')
      await stack.pair.sql(side, 'select pg_reload_conf()')
    }
    await stack.rewrite(extra)
    await change(stack)
    await createApplicationSecret(stack)
    const digest = await stack.digest()
    for (const action of ['create-task', 'wait-full-load']) {
      const result = await stack.run(action, {
        migration: stack.file,
        'plan-digest': digest,
        'max-wait': '60s',
      })
      if (result.exitCode !== 0) throw new Error(`${action} failed:\n${result.log}`)
    }
    const evidenceId = await keepEvidence(stack, digest)
    return {
      stack,
      digest,
      evidenceId,
      cutover: (options = {}) =>
        startCutover(
          stack,
          {
            migration: stack.file,
            'plan-digest': digest,
            'evidence-id': evidenceId,
            'require-approval': 'false',
            'github-token': 'none',
            'abort-only': 'false',
            'dry-run': 'false',
            ...options.inputs,
          },
          options.runId ?? '100',
        ),
      fallBack: (options = {}) =>
        startCutover(
          stack,
          {
            migration: stack.file,
            'plan-digest': digest,
            'require-approval': 'false',
            'github-token': 'none',
            'abort-only': 'false',
            'dry-run': 'false',
            ...options.inputs,
          },
          options.runId ?? '200',
          'fall-back',
        ),
      evidenceAgain: (generation) => keepEvidence(stack, digest, generation),
      decision: async (side) => {
        const [row] = await superuserSql(stack, side, 'select phase from aurora_migration.decision')
        return row?.phase as string | undefined
      },
      until,
      write: (side, role = 'shop_app', before = '') => tryWrite(stack, side, role, before),
      sql: (side, statement) => superuserSql(stack, side, statement),
      holdDrain: async () => {
        // What an earlier case left in the stream would count as the marker that may pass.
        const standing = `select (select count(*)::int from shop.writes) as writes, (select count(*)::int from aurora_migration_markers.task_1) as markers`
        await until('replication is quiet', 10_000, async () => {
          const [source, target] = [
            await superuserSql(stack, 'source', standing),
            await superuserSql(stack, 'target', standing),
          ]
          return JSON.stringify(source) === JSON.stringify(target)
        })
        await stack.emulator.addFault({ operation: 'cdc:apply', after: 1, effect: { kind: 'hold' } })
      },
      moveSource: async (port) => {
        const { source, passwords } = stack.pair
        const value = {
          engine: 'postgres',
          host: source.host,
          port,
          username: 'migrator',
          password: passwords.migrator,
          dbname: 'shop',
        }
        await secretsClient(stack).send(
          new PutSecretValueCommand({ SecretId: 'shop/source', SecretString: JSON.stringify(value) }),
        )
      },
      post: (run) => runPost(run),
      close: () => stack.close(),
    }
  } catch (error) {
    await stack.close()
    throw error
  }
}

function secretsClient(stack: MigrationStack): SecretsManagerClient {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } =
    stack.emulator.environment()
  return new SecretsManagerClient({
    region: AWS_REGION ?? '',
    endpoint: AWS_ENDPOINT_URL ?? '',
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '' },
  })
}

async function superuserSql(
  stack: MigrationStack,
  side: 'source' | 'target',
  statement: string,
): Promise<Record<string, unknown>[]> {
  const url = new URL(stack.pair[side].superuserUrl)
  url.pathname = '/shop'
  const client = new Client({ connectionString: url.href })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

async function createApplicationSecret(stack: MigrationStack): Promise<void> {
  const { host, port } = stack.pair.source
  const value = {
    engine: 'postgres',
    host,
    port,
    username: 'shop_app',
    password: stack.pair.passwords.shop_app,
    dbname: 'shop',
  }
  await secretsClient(stack).send(
    new CreateSecretCommand({ Name: 'shop/app', SecretString: JSON.stringify(value) }),
  )
}

/** Evidence as wait-cdc-sync would have kept it: the cutover judges it again and measures everything anew. */
async function keepEvidence(stack: MigrationStack, digest: string, madeBy?: bigint): Promise<string> {
  const source = await stack.pair.session('source')
  const [row] = await source.query<{ plan: string }>(
    'select plan::text as plan from aurora_migration.plan where digest = $1',
    [digest],
  )
  const plan = JSON.parse(row?.plan ?? 'null') as Plan
  const evidence: Evidence = {
    version: 2,
    id: randomUUID(),
    migration: plan.migration,
    planDigest: digest,
    runId: '100',
    proof: 'marker',
    markerRoundTripsMs: [10, 10, 10],
    slowestTasks: [],
    canaryFired: false,
    applyExceptions: 0,
    oldestTransactionSeconds: 0,
    idleInTransactionSeconds: 0,
    preparedTransactions: 0,
    walRetainedBytes: '0',
    walHoursLeft: null,
    walSeconds: 0,
    sourceFingerprint: await readFingerprint(source, planSchemas(plan)),
    rewrittenAndEqual: [],
    largeObjects: '0',
    comparison: null,
    tasks: carriers(plan, 'forward', madeBy).map(({ identifier }) => ({
      identifier,
      arn: '',
      status: 'running',
      tablesErrored: 0,
      tablesSuspended: 0,
      pendingChanges: 0,
      changesBehind: 0,
      latencySource: null,
      latencyTarget: null,
      incomingChanges: null,
      slot: null,
      validation: { enabled: true, pending: 0, failed: 0, suspended: 0 },
    })),
    predictedFreezeMs: 200,
    predictedRangeMs: { low: 100, high: 500 },
  }
  await storeEvidence(source, evidence)
  await source.close()
  return evidence.id
}

async function until(what: string, ms: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${ms} ms`)
    await sleep(20)
  }
}

async function tryWrite(
  stack: MigrationStack,
  side: 'source' | 'target',
  role: 'shop_app' | 'shop_batch',
  before: string,
): Promise<string> {
  const client = new Client({
    connectionString: stack.pair[side].url({ user: role, password: stack.pair.passwords[role] }, 'shop'),
    statement_timeout: 5000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    if (before !== '') await client.query(before)
    await client.query(
      "insert into shop.writes (writer, seq, note, made_at) values ('probe', (random() * 1e9)::int, 'probe', clock_timestamp())",
    )
    return 'written'
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}
