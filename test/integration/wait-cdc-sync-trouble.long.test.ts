import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordLoadBaseline } from '../../shared/control/load-baseline.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { encodeDecisions } from '../../shared/migration/decisions-text.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { groupTables } from './grouped-decisions.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let digest: string
beforeAll(async () => {
  stack = await openMigrationStack('wait-cdc-sync-trouble')
  await stack.rewrite('', (text) =>
    text
      .replace('ssl-mode: none', 'ssl-mode: none\n  validation: false\n  tasks: { max: 2 }')
      .replace('cutover:', 'cutover:\n  marker-round-trip: 1s'),
  )
  const { migration, catalogue } = await stack.planFacts()
  const decisions = groupTables(catalogue.planned, [['shop'], ['billing', 'Warehouse']])
  digest = planDigest(buildPlan(migration, { source: catalogue, decisions }))
  const created = await stack.run('create-task', {
    migration: stack.file,
    'plan-digest': digest,
    'plan-decisions': encodeDecisions(decisions),
  })
  const loaded = await stack.run('wait-full-load', { migration: stack.file, 'plan-digest': digest })
  if (loaded.outputs['state'] !== 'loaded') throw new Error(created.log + loaded.log)
})
afterAll(() => stack.close())

const sync = (inputs: Record<string, string> = {}, options: Parameters<MigrationStack['run']>[2] = {}) =>
  stack.run(
    'wait-cdc-sync',
    { migration: stack.file, 'plan-digest': digest, 'max-wait': '60s', rounds: '1', ...inputs },
    options,
  )

describe('wait-cdc-sync in trouble', { timeout: 90_000 }, () => {
  test('throttling on a third of all calls, cut connections and missing metrics: the proof is by markers all the same', async () => {
    await stack.emulator.addFault({ effect: { kind: 'throttle', ratio: 0.34 } })
    await stack.emulator.addFault({
      operation: 'DescribeTableStatistics',
      times: 2,
      effect: { kind: 'cut' },
    })
    await stack.emulator.addFault({
      operation: 'GetMetricData',
      effect: {
        kind: 'error',
        name: 'AccessDenied',
        message: 'not allowed to perform cloudwatch:GetMetricData',
      },
    })
    const result = await sync()
    await stack.emulator.clearFaults()
    expect(result.log).toContain('marker 1/1')
    expect(result.outputs).toMatchObject({ state: 'caught-up', proof: 'marker' })
    expect(result.summary).toContain('CloudWatch’s metrics: AccessDenied')
    expect(result.summary).toContain('no data')
  })

  test('credentials that have expired end it at once, and say so', async () => {
    await stack.emulator.addFault({
      operation: 'DescribeReplicationTasks',
      effect: { kind: 'error', name: 'ExpiredTokenException', message: 'The security token is expired' },
    })
    const result = await sync()
    await stack.emulator.clearFaults()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the AWS credentials of this job have expired')
    expect(result.summary).toContain('Run the job again')
  })

  test('the slowest of several tasks decides, is named, and the wait says what to look at', async () => {
    const holder = await stack.pair.session('target')
    await holder.query('begin')
    await holder.query('lock table aurora_migration_markers.task_2 in share mode')
    const result = await sync({ 'max-wait': '3s' })
    await holder.query('rollback')
    await holder.close()
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('still-running')
    expect(result.log).toMatch(
      /a marker has been under way for .* in aurora-migration-shop-2; 1000 ms are allowed/u,
    )
    expect(result.summary).toContain('### What to look at')
    expect(result.summary).toMatch(/- aurora-migration-shop-2: .*CDCLatency/u)
    expect(result.summary).not.toMatch(/- aurora-migration-shop-1:/u)
  })

  test('both servers may restart in its midst: it goes on with new sessions', async () => {
    let restarted: Promise<unknown> | undefined
    await stack.emulator.change({ replicationDelayMs: 2000 })
    const result = await sync(
      { 'max-wait': '180s' },
      {
        hurry: 3,
        onLine: (line) => {
          if (!line.startsWith('waiting: a marker') || restarted !== undefined) return
          restarted = (async () => {
            await Promise.all([stack.pair.source.restart(), stack.pair.target.restart()])
            await stack.emulator.change({ replicationDelayMs: 0 })
          })()
        },
      },
    )
    await restarted
    expect(restarted).toBeDefined()
    expect(result.log).toContain('it is tried again until max-wait is over')
    expect(result.outputs).toMatchObject({ state: 'caught-up', proof: 'marker' })
  })
})

test('evidence that the cutover would refuse is refused before anybody approves it', async () => {
  const session = await stack.pair.session('source')
  const attempt = `migration = 'shop' and run_id = 'an earlier attempt'`
  await session.query(
    `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
     values ('shop', 1, 'an earlier attempt', 1, 'pausing', '{"rehearsedMs": {"fence": 31000, "opening": 10}}')`,
  )
  const result = await sync()
  expect(result.exitCode).toBe(1)
  expect(result.outputs).toMatchObject({ state: 'still-running', 'evidence-id': '' })
  expect(result.summary).toMatch(
    /refused: the evidence predicts a freeze of 3[12]\d{3} ms; the budget is 30000 ms/u,
  )
  expect(result.summary).toContain('raise cutover.freeze-budget')
  expect(result.summary).toMatch(/fence on 30 tables, beyond the marker’s way \| (?:30\d{3}|31000) \|/u)
  await session.query(`delete from aurora_migration.journal where ${attempt}`)
  await session.close()
}, 60_000)

describe('what DMS does not carry', { timeout: 120_000 }, () => {
  /** In a session of its own: a server was restarted. */
  const onSource = async (...statements: readonly string[]) => {
    const session = await stack.pair.session('source')
    for (const statement of statements) await session.query(statement)
    await session.close()
  }

  /** Another run of create-task for the same task keeps the older record; the start of another task makes it anew. */
  const recordsOnlyNewLoads = async () => {
    const session = await stack.pair.session('source')
    const read = async () =>
      session.query<{ owner: string; mark: string; file: string }>(
        "select owner, mark, pg_relation_filenode('shop.countries')::text as file from aurora_migration.load_baseline where object = 'shop.countries'",
      )
    const [before] = await read()
    const record = (owner: string) =>
      recordLoadBaseline(session, {
        migration: 'shop',
        owner,
        tables: [{ schema: 'shop', table: 'countries' }],
      })
    expect(before?.mark).not.toBe(before?.file)
    await session.query('begin')
    await record(before?.owner ?? '')
    expect(await read()).toEqual([before])
    await record('arn:of:another:task')
    expect(await read()).toEqual([{ ...before, owner: 'arn:of:another:task', mark: before?.file }])
    await session.query('rollback')
    await session.close()
  }

  /** What was compared of one load says nothing of changes that are missing after the next one. */
  const forgetsWithANewLoad = async () => {
    const session = await stack.pair.session('source')
    const doubts = () =>
      session.query("select object from aurora_migration.doubt where kind = 'backlog' order by object")
    const tables = [{ schema: 'shop', table: 'settings' }]
    const [known] = await session.query<{ owner: string }>(
      "select owner from aurora_migration.load_baseline where object = 'shop.settings'",
    )
    await session.query('begin')
    await recordLoadBaseline(session, { migration: 'shop', owner: known?.owner ?? '', tables })
    expect(await doubts()).toEqual([{ object: 'shop.settings' }])
    await recordLoadBaseline(session, { migration: 'shop', owner: 'arn:of:another:task', tables })
    expect(await doubts()).toEqual([])
    await session.query('rollback')
    await session.close()
  }

  test('a table that was only rewritten is accepted once its rows were compared', async () => {
    await onSource('vacuum full shop.countries')
    const rewritten = await sync()
    expect(rewritten.exitCode).toBe(1)
    expect(rewritten.summary).toContain('the table shop.countries has been truncated or rewritten')
    expect(rewritten.summary).toContain('Run verify-data now')
    await recordsOnlyNewLoads()
    const compared = await stack.run('verify-data', {
      migration: stack.file,
      'plan-digest': digest,
      objects: 'false',
    })
    expect(compared.outputs['state'], compared.log).toBe('equal')
    const accepted = await sync()
    expect(accepted.outputs['state'], accepted.log).toBe('caught-up')
    expect(accepted.summary).toContain('shop.countries: found equal since')
    expect(accepted.summary).toMatch(/just now|minutes? ago/u)
  })

  test('a table that was rewritten before verify-data began is settled by it, though nobody had noted the doubt', async () => {
    await onSource('vacuum full shop.categories')
    const compared = await stack.run('verify-data', {
      migration: stack.file,
      'plan-digest': digest,
      objects: 'false',
    })
    expect(compared.outputs['state'], compared.log).toBe('equal')
    const accepted = await sync()
    expect(accepted.outputs['state'], accepted.log).toBe('caught-up')
    expect(accepted.summary).toContain('shop.categories, shop.countries: found equal since')
  })

  test('changes that stay unapplied while markers pass refuse when the time is over', async () => {
    const row = "insert into shop.settings (name, value) values ('in the way', '1')"
    const target = await stack.pair.session('target')
    await target.query(row)
    await onSource(row)
    const exceptions = 'aurora_migration_dms.awsdms_apply_exceptions'
    await expect.poll(() => target.query(`select from ${exceptions}`), { timeout: 10_000 }).toHaveLength(1)
    // Forgotten, as one who repairs rows by hand does: from here on only the counters tell.
    await target.query('set role dms_target')
    await target.query(`delete from ${exceptions}`)
    await target.close()
    const result = await sync({ 'max-wait': '12s' }, { hurry: 3 })
    expect(result.log).toContain('marker 1/1')
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('1 changes of shop.settings were captured by aurora-migration-shop-1')
    expect(result.summary).toContain('Run verify-data')
    // A person decides with what was measured in view, the verdict first.
    const order = ['refused:', '### Measured so far', '### Lag over the wait', 'Tasks, metrics and slots']
    const places = order.map((text) => result.summary.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(result.summary).toMatch(/\| marker round trips \| \d+ ms/u)
    expect(result.summary).toMatch(/captured before a marker that arrived, not applied \| 1 \|/u)
    await forgetsWithANewLoad()
  })

  test('a table that was truncated, and one that was altered, are named', async () => {
    await onSource('truncate shop.batch_runs', 'alter table shop.settings add column note text')
    const result = await sync()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the table shop.batch_runs has been truncated or rewritten')
    expect(result.summary).toContain('column shop.settings.note is new')
    expect(result.summary).toContain('**shop.batch_runs: in doubt**')
    expect(result.summary).toMatch(/\| source’s schema \| \*\*1 difference\*\*/u)
    expect(result.summary).not.toContain('the table shop.countries')
  })
})
