import {
  DatabaseMigrationServiceClient,
  DescribeEndpointsCommand,
  DescribeReplicationInstancesCommand,
} from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { policyOf } from './examples-policies.ts'
import { wholeState } from './sample-pair.ts'

let lab: CutoverLab
let dms: DatabaseMigrationServiceClient
let callsBefore = 0

beforeAll(async () => {
  lab = await openCutoverLab('cleanup-finished')
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    lab.stack.emulator.environment()
  dms = new DatabaseMigrationServiceClient({
    endpoint: lab.stack.emulator.url,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
  })
  const cutover = await (await lab.cutover()).ended
  if (cutover.exitCode !== 0) throw new Error(cutover.log)
  callsBefore = (await lab.stack.emulator.calls()).length
}, 120_000)

afterAll(async () => {
  dms.destroy()
  await lab.close()
})

const cleanup = (inputs: Record<string, string> = {}) =>
  lab.stack.run(
    'cleanup',
    { migration: lab.stack.file, when: 'finished', 'give-up-way-back': 'true', ...inputs },
    { hurry: 20 },
  )
const endpoints = async () =>
  ((await dms.send(new DescribeEndpointsCommand({}))).Endpoints ?? []).map((one) => one.EndpointIdentifier)
const changes = async () =>
  (await lab.stack.emulator.calls()).filter(({ mutating }) => mutating).map(({ operation }) => operation)
const ours = async (side: 'source' | 'target') =>
  (
    await lab.sql(
      side,
      `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname like 'aurora_migration%' and c.relkind = 'r' order by 1`,
    )
  ).map(({ name }) => name)
const slots = async () => (await lab.sql('source', 'select slot_name from pg_replication_slots')).length
/** Without what DMS itself writes while the reverse task runs. */
const databaseState = async (side: 'source' | 'target') =>
  (await wholeState(lab.stack.pair, side)).split('\n').filter((line) => !line.includes('.awsdms_'))
const state = async () => ({
  source: await databaseState('source'),
  target: await databaseState('target'),
  slots: await slots(),
  changes: (await changes()).length,
})

test('what is not what the databases say refuses, and touches nothing', async () => {
  const before = await state()
  const abandoned = await cleanup({ when: 'abandoned' })
  expect(abandoned.exitCode).toBe(1)
  expect(abandoned.log).toContain('the target is the database that applications write to')
  const unmeant = await cleanup({ 'give-up-way-back': 'false' })
  expect(unmeant.exitCode).toBe(1)
  expect(unmeant.log).toContain('no fall-back leads to the source any more')
  const gone = await cleanup({ gone: 'source' })
  expect(gone.log).toContain('the source is said to be gone, but it answers')
  expect(await state()).toEqual(before)
})

test('a dry run prints everything in order and changes nothing', async () => {
  const before = await state()
  const planned = await cleanup({ 'dry-run': 'true' })
  expect(planned.exitCode, planned.log).toBe(0)
  expect(planned.outputs.state).toBe('planned')
  const order = [
    'would stop the replication task aurora-migration-shop-1',
    'would drop the replication slot',
    'would delete the replication task aurora-migration-shop-1',
    'would delete the endpoint aurora-migration-shop-source',
    'would drop the schema aurora_migration_markers',
    'would remove from the control schema all that is not to be remembered (source)',
  ].map((line) => planned.log.indexOf(line))
  expect(
    order.every((place) => place >= 0),
    planned.log,
  ).toBe(true)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(planned.log).toMatch(/keeps [\d.]+ \w+ of WAL \(\d+ bytes\)/u)
  expect(await state()).toEqual(before)
})

test.each(['stop the replication task', 'delete the endpoint', 'drop the schema aurora_migration_dms'])(
  'killed after: %s; the fence stands, and the next run goes on',
  async (line) => {
    const killing = new AbortController()
    const killed = await lab.stack.run(
      'cleanup',
      { migration: lab.stack.file, when: 'finished', 'give-up-way-back': 'true' },
      { hurry: 20, kill: killing.signal, onLine: (text) => text.includes(`: ${line}`) && killing.abort() },
    )
    expect(killed.exitCode, killed.log).toBeNull()
    expect(await lab.decision('source')).toBe('committed')
    expect(await lab.write('source')).not.toBe('written')
  },
)

test('after a cutover all is removed but the audit and the fence, and the source still takes no write', async () => {
  const cleaned = await cleanup()
  expect(cleaned.exitCode, cleaned.log).toBe(0)
  expect(cleaned.outputs.state).toBe('clean')
  expect(cleaned.summary).toContain('there is no way back any more')
  expect(cleaned.summary).toContain('replication instance rehearsal')
  expect(cleaned.summary).toContain('drained')
  expect(cleaned.log).toContain('journal of the source (decision: committed)')
  expect(await lab.stack.tasks()).toEqual([])
  expect(await endpoints()).toEqual([])
  const instances = await dms.send(new DescribeReplicationInstancesCommand({}))
  expect(instances.ReplicationInstances).toHaveLength(1)
  expect(await slots()).toBe(0)
  const audit = ['decision', 'evidence', 'journal', 'plan'].map((name) => `aurora_migration.${name}`)
  expect(await ours('source')).toEqual([...audit, 'aurora_migration.saved_state'])
  expect(await ours('target')).toEqual(audit)
  const kinds = await lab.sql('source', 'select distinct kind from aurora_migration.saved_state')
  expect(kinds).toContainEqual({ kind: 'fence' })
  expect(await lab.decision('source')).toBe('committed')
  expect(await lab.decision('target')).toBe('opened')
})

test('nothing was called that the policy in the README does not allow', async () => {
  const services: Readonly<Record<string, string>> = { 'secrets-manager': 'secretsmanager' }
  const called = (await lab.stack.emulator.calls())
    .slice(callsBefore)
    .map(({ service, operation }) => `${services[service] ?? service}:${operation}`)
  const allowed = policyOf('cleanup')
  expect(called).toContain('dms:StopReplicationTask')
  expect([...new Set(called)].filter((call) => !allowed.includes(call))).toEqual([])
})

test('the fence stands: neither owner nor superuser can write on the source', async () => {
  for (const role of ['shop_app', 'shop_owner', undefined] as const) {
    const as = role === undefined ? '' : `set role ${role};`
    await expect(
      lab.sql(
        'source',
        `set default_transaction_read_only = off; begin read write; ${as} insert into shop.writes (writer, seq, note, made_at) values ('probe', 1, 'probe', now()); commit`,
      ),
    ).rejects.toThrow(/permission denied|this database has moved/u)
  }
  expect(await lab.write('target')).toBe('written')
})

test('a second run finds nothing and changes nothing', async () => {
  const before = await state()
  const again = await cleanup()
  expect(again.exitCode, again.log).toBe(0)
  expect(again.summary).toContain('nothing was left to remove')
  expect(await state()).toEqual(before)
})

test('a workflow that is run again by mistake is refused by what was kept', async () => {
  const create = await lab.stack.run('create-task', {
    migration: lab.stack.file,
    'plan-digest': await lab.stack.digest(),
  })
  expect(create.exitCode).toBe(1)
  expect(create.log).toContain('the target of shop is open already')
})

test('without the journal the target keeps nothing, the fenced source its fence; and it can be run again', async () => {
  const cleaned = await cleanup({ 'keep-journal': 'false' })
  expect(cleaned.exitCode, cleaned.log).toBe(0)
  expect(await ours('target')).toEqual([])
  expect(
    await lab.sql('target', "select nspname from pg_namespace where nspname ~ '^aurora_migration'"),
  ).toEqual([])
  expect(await lab.decision('source')).toBe('committed')
  const again = await cleanup({ 'keep-journal': 'false' })
  expect(again.exitCode, again.log).toBe(0)
  expect(again.summary).toContain('nothing was left to remove')
})
