import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPgbouncer } from '../pgbouncer/pgbouncer-program.ts'
import { startPgbouncer, type RunningPgbouncer } from '../pgbouncer/start-pgbouncer.ts'
import { openServerGroup, type ServerGroup } from '../postgres/server-group.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import type { CutoverProcess } from './cutover-process.ts'
import type { MigrationStack } from './migration-stack.ts'

let pooler: RunningPgbouncer
let lab: CutoverLab

const found = findPgbouncer()
const absent = 'missing' in found ? [found.missing] : []
test.each(absent)('this machine has no PgBouncer (%s): a cutover behind one was not tried', (why) => {
  expect(why).not.toBe('')
})

const here = 'missing' in found ? [] : [found]
describe.each(here)('a cutover behind a pooler ($version)', (program) => {
  let group: ServerGroup

  beforeAll(async () => {
    group = await openServerGroup('pooler')
    lab = await openCutoverLab('pgbouncer', undefined, async (stack) => {
      pooler = await startPgbouncer(program, group, {
        name: 'a',
        databases: { shop: `host=127.0.0.1 port=${stack.pair.source.port} dbname=shop` },
        users: { shop_app: stack.pair.passwords.shop_app, pooler_admin: 'admin-password-1' },
      })
      await secretsOf(stack).send(
        new CreateSecretCommand({ Name: 'shop/pooler', SecretString: pooler.adminUrl }),
      )
      await stack.rewrite('  freeze-budget: 20s\n  watch: 500ms\n', (text) =>
        text.replace('switch: [{ secret: shop/app }]', `switch:\n${switched(pooler)}`),
      )
    })
  }, 120_000)
  afterAll(async () => {
    await lab.close()
    await group.close()
  })

  const paused = async () =>
    (await pooler.console('SHOW DATABASES')).find(({ name }) => name === 'shop')?.['paused']

  test('a run that dies while clients are held leaves them held; its post step lets them go', async () => {
    await lab.holdDrain()
    const run = await lab.cutover({ runId: '7' })
    await lab.until('the clients are held', 30_000, async () => (await paused()) === 1)
    run.child.kill('SIGKILL')
    await run.ended
    expect(await paused()).toBe(1)
    await lab.stack.emulator.clearFaults()
    expect(await lab.post(run)).toContain('clients that were held go on')
    expect(await paused()).toBe(0)
    expect(await lab.write('source')).toBe('written')
  }, 60_000)

  test('eight writers are held, and go on on the target: no error, nothing lost, nothing twice', async () => {
    const { log, summary } = await underPooledWriters('pooled', 'target', () => lab.cutover({ runId: '8' }))
    expect(log).toContain('PgBouncer shop switched: 1 node(s) reloaded and read back')
    expect(summary).not.toMatch(/not switched|not resumed/u)
    expect(await paused()).toBe(0)
  }, 120_000)

  test('likewise back: what was written on the target is on the source, and nobody saw an error', async () => {
    const { summary } = await underPooledWriters('back', 'source', () => lab.fallBack({ runId: '9' }))
    expect(summary).not.toMatch(/not switched|not resumed/u)
    expect(await paused()).toBe(0)
  }, 120_000)
})

const switched = ({ databasesFile }: RunningPgbouncer) => `    - pgbouncer:
        admin: [{ secret: shop/pooler, tls: disable }]
        database: shop
        reload:
          command: printf '[databases]\\nshop = host=%s port=%s dbname=%s\\n' "$AURORA_MIGRATION_HOST" "$AURORA_MIGRATION_PORT" "$AURORA_MIGRATION_DATABASE" > '${databasesFile}'
          timeout: 20s`

function secretsOf(stack: MigrationStack): SecretsManagerClient {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } =
    stack.emulator.environment()
  return new SecretsManagerClient({
    region: AWS_REGION ?? '',
    endpoint: AWS_ENDPOINT_URL ?? '',
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '' },
  })
}

/** Eight writers before, during and after a run: none of them sees an error, and on `side` is exactly what was acknowledged. */
async function underPooledWriters(
  name: string,
  side: 'source' | 'target',
  begin: () => Promise<CutoverProcess>,
): Promise<{ readonly log: string; readonly summary: string }> {
  const writers = startWriters(pooler.url('shop_app', 'shop'), 8, name)
  await lab.until('writers write', 10_000, () => Promise.resolve(writers.acknowledged.length > 100))
  const { exitCode, log, summary } = await (await begin()).ended
  expect(exitCode, log).toBe(0)
  const atOpen = writers.acknowledged.length
  await lab.until('writers write again', 10_000, () =>
    Promise.resolve(writers.acknowledged.length > atOpen + 100),
  )
  await writers.stop()
  expect(writers.errors).toEqual([])
  const rows = await lab.sql(side, `select note from shop.writes where writer = '${name}'`)
  expect(rows).toHaveLength(writers.acknowledged.length)
  expect(new Set(rows.map(({ note }) => note))).toEqual(new Set(writers.acknowledged))
  return { log, summary }
}

/** Writers that keep one connection each, as an application's pool does. */
function startWriters(url: string, count: number, name: string) {
  const acknowledged: string[] = []
  const errors: string[] = []
  let stopped = false
  const writers = Array.from({ length: count }, async (_, writer) => {
    const client = new Client({ connectionString: url })
    client.on('error', (error) => errors.push(error.message))
    await client.connect()
    for (let number = 0; !stopped; number++) {
      const note = `${writer}-${number}`
      try {
        await client.query('begin')
        await client.query(
          `insert into shop.writes (writer, seq, note) values ('${name}', ${number}, '${note}')`,
        )
        await client.query('commit')
        acknowledged.push(note)
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error))
        stopped = true
      }
      await sleep(10)
    }
    await client.end()
  })
  return {
    acknowledged,
    errors,
    async stop() {
      stopped = true
      await Promise.all(writers)
    },
  }
}
