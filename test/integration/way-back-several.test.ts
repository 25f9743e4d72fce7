import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareWayBack } from '../../shared/cutover/way-back/prepare-way-back.ts'
import { startWayBack } from '../../shared/cutover/way-back/start-way-back.ts'
import type { WayBackContext } from '../../shared/cutover/way-back/way-back.ts'
import { wayBackState } from '../../shared/cutover/way-back/way-back-state.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { carriers } from '../../shared/migration/carriers.ts'
import { encodeDecisions } from '../../shared/migration/decisions-text.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { groupTables } from './grouped-decisions.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'
import { keptLog } from './sample-pair.ts'

// Two tasks on two replication instances, endpoints that are told passwords, and a user whose sessions start in replica mode.

let stack: MigrationStack
let given: WayBackContext
let client: DatabaseMigrationServiceClient
const before = { ...process.env }

beforeAll(async () => {
  stack = await openMigrationStack('way-back several', {
    knobs: { controlPlaneDelayMs: 20 },
    instances: ['rehearsal', 'second'],
  })
  const { pair } = stack
  await pair.sql('source', 'revoke set on parameter session_replication_role from dms_reverse_source')
  await pair.sql('source', 'alter role dms_reverse_source set session_replication_role = replica')
  await stack.rewrite('', (text) =>
    text
      .replace(
        'replication-instance: rehearsal',
        'replication-instance: [rehearsal, second]\n  tasks: { max: 2 }',
      )
      .replaceAll(/, access-role: '[^']+'/gu, ''),
  )
  const { migration, catalogue } = await stack.planFacts()
  const decisions = groupTables(catalogue.planned, [['shop'], ['billing', 'Warehouse']])
  const plan = buildPlan(migration, { source: catalogue, decisions })
  const digest = planDigest(plan)
  const inputs = {
    migration: stack.file,
    'plan-digest': digest,
    'plan-decisions': encodeDecisions(decisions),
  }
  for (const action of ['create-task', 'wait-full-load']) {
    const done = await stack.run(action, inputs)
    if (done.exitCode !== 0) throw new Error(done.log)
  }
  Object.assign(process.env, stack.emulator.environment())
  client = new DatabaseMigrationServiceClient({})
  given = {
    migration,
    plan,
    run: {
      migration: plan.migration,
      runId: '100',
      attempt: 1,
      planDigest: digest,
      evidenceId: null,
      direction: 'forward',
    },
    direction: 'forward',
    generation: 1n,
    carried: carriers(plan, 'forward', undefined),
    source: await pair.session('source'),
    target: await pair.session('target'),
    sourceLogin: pair.login('source'),
    targetLogin: pair.login('target'),
    client,
    context: { signal: new AbortController().signal, log: keptLog(), clock: systemClock },
  }
}, 180_000)
afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
  client.destroy()
  await stack.close()
})

test('DMS Serverless begins nowhere in particular, and refuses before anything is made', async () => {
  const { 'replication-instance': _, ...dms } = given.migration.dms
  const serverless = { 'max-capacity': 4 as const, 'multi-az': true, 'security-groups': [] }
  const migration = { ...given.migration, dms: { ...dms, serverless } }
  await expect(prepareWayBack({ ...given, migration })).rejects.toThrow('cannot begin at a given LSN')
  expect(await stack.pair.sql('target', 'select from pg_replication_slots')).toEqual([])
})

test('each has its own slot and marker on the way back, and what both carry arrives', async () => {
  const { pair } = stack
  const { slots } = await prepareWayBack(given)
  expect(slots).toHaveLength(2)
  await pair.sql('source', 'alter database shop set default_transaction_read_only = on')
  await given.target.query('select aurora_migration.advance_slots($1::name[])', [[...slots]])
  await pair.sql('target', 'alter role dms_target nologin')
  await pair.sql('target', `insert into shop.settings (name, value) values ('back', '{}')`)
  await pair.sql('target', `update "Warehouse"."StockItem" set "onHand" = "onHand" + 1000`)
  const started = await startWayBack(given)
  expect(started).toMatchObject({
    kind: 'proved',
    tasks: [
      { identifier: 'aurora-migration-shop-1-back-1' },
      { identifier: 'aurora-migration-shop-2-back-1' },
    ],
  })
  const sum = `select sum("onHand")::text as sum from "Warehouse"."StockItem"`
  const wanted = await pair.sql('target', sum)
  for (let look = 0; JSON.stringify(await pair.sql('source', sum)) !== JSON.stringify(wanted); look += 1) {
    if (look > 400) throw new Error('the stock did not come back')
    await sleep(25)
  }
  expect(await pair.sql('source', `select name from shop.settings where name = 'back'`)).toHaveLength(1)
  const tasks = await stack.tasks()
  expect(tasks.map(({ Status }) => Status ?? '').toSorted()).toEqual([
    'running',
    'running',
    'stopped',
    'stopped',
  ])
  const running = tasks.filter(({ Status }) => Status === 'running')
  expect(new Set(running.map((task) => task.ReplicationInstanceArn)).size).toBe(2)
  expect(await wayBackState(given)).toMatchObject({
    tasks: [{ status: 'running' }, { status: 'running' }],
    applyErrors: { exceptions: 0, suspended: [] },
    walBytes: { from: 0n },
  })
}, 120_000)
