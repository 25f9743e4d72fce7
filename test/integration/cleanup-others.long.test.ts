import {
  DatabaseMigrationServiceClient,
  DescribeEndpointsCommand,
  DescribeReplicationConfigsCommand,
} from '@aws-sdk/client-database-migration-service'
import { CreateDBSnapshotCommand, DescribeDBSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'
import { placeOf } from './rds-lab.ts'

let stack: MigrationStack
let dms: DatabaseMigrationServiceClient
let rds: RDSClient

beforeAll(async () => {
  stack = await openMigrationStack('cleanup-others', {
    rds: ({ source, target }) => ({
      instances: [
        { identifier: 'shop', ...placeOf(source) },
        { identifier: 'shop-new', ...placeOf(target) },
      ],
      clusters: [],
    }),
  })
  await stack.rewrite('empty-target: truncate\n', (file) =>
    file
      .replace('{ secret: shop/source, ', '{ secret: shop/source, rds-instance: shop, ')
      .replace('{ secret: shop/target, ', '{ secret: shop/target, rds-instance: shop-new, ')
      .replace('replication-instance: rehearsal', 'serverless: { max-capacity: 2 }')
      .replace(
        '{ secret: shop/dms-source, ',
        '{ secret: shop/dms-source, heartbeat: { schema: pulse, every-minutes: 1 }, ',
      ),
  )
  await stack.pair.sql('source', 'create schema pulse authorization dms_source')
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    stack.emulator.environment()
  const options = {
    endpoint: stack.emulator.url,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
  }
  dms = new DatabaseMigrationServiceClient(options)
  rds = new RDSClient(options)
  const digest = await stack.digest()
  for (const action of ['create-task', 'wait-full-load']) {
    const inputs = { migration: stack.file, 'plan-digest': digest, 'max-wait': '60s' }
    const result = await stack.run(action, inputs)
    if (result.exitCode !== 0) throw new Error(`${action} failed:\n${result.log}`)
  }
  for (const [identifier, owner] of [
    ['aurora-migration-shop', 'shop'],
    ['aurora-migration-shop-copy', 'shop-2'],
  ] as const) {
    const Tags = [{ Key: 'aurora-migration', Value: owner }]
    await rds.send(
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: identifier, Tags }),
    )
    await note('source', 'shop', identifier, { kind: 'db-snapshot', arn: null })
  }
  // As a way back leaves it: a slot on the target, noted on the source.
  await slot('target', 'ours_back_1')
  await note('source', 'shop', 'ours_back_1', { kind: 'slot', arn: null, side: 'target' })
  // Another migration of the same databases.
  await slot('source', 'other_slot')
  await note('source', 'shop-2', 'other_slot', { kind: 'slot', arn: null })
  for (const side of ['source', 'target'] as const)
    await stack.pair.sql(
      side,
      `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event) values ('shop-2', 0, '1', 1, 'changed');
       insert into aurora_migration.plan (migration, digest, plan) values ('shop-2', 'd', '{}')`,
    )
}, 120_000)

afterAll(async () => {
  dms.destroy()
  rds.destroy()
  await stack.close()
})

type Side = 'source' | 'target'

const slot = async (side: Side, name: string) =>
  stack.pair.sql(side, `select pg_create_logical_replication_slot('${name}', 'test_decoding')`)
const note = async (side: Side, migration: string, object: string, definition: object) =>
  stack.pair.sql(
    side,
    'insert into aurora_migration.saved_state (migration, kind, object, definition) values ($1, $2, $3, $4)',
    [migration, 'aws', object, JSON.stringify(definition)],
  )
const cleanup = (inputs: Record<string, string> = {}) =>
  stack.run('cleanup', { migration: stack.file, when: 'abandoned', ...inputs }, { hurry: 20 })
const named = async (side: Side, statement: string) =>
  (await stack.pair.sql(side, statement)).map(({ name }) => name)
const slots = (side: Side) =>
  named(side, 'select slot_name::text as name from pg_replication_slots order by 1')
const schemas = (side: Side) =>
  named(
    side,
    "select nspname::text as name from pg_namespace where nspname ~ '^(aurora_mig|pulse)' order by 1",
  )
const migrations = (side: Side, table: string) =>
  named(side, `select distinct migration as name from aurora_migration.${table} order by 1`)

test('a slot of another migration of the same database is refused, though it is named', async () => {
  const refused = await cleanup({ also: 'source:other_slot' })
  expect(refused.exitCode).toBe(1)
  expect(refused.log).toContain('the replication slot source:other_slot belongs to another migration')
  expect(await slots('source')).toHaveLength(2)
})

test('serverless replications, snapshots, heartbeats and slots of either side go; what another migration has or shares stays', async () => {
  expect(await named('source', "select to_regclass('pulse.awsdms_heartbeat')::text as name")).not.toEqual([
    null,
  ])
  const result = await cleanup()
  expect(result.exitCode, result.log).toBe(0)
  expect((await dms.send(new DescribeReplicationConfigsCommand({}))).ReplicationConfigs).toEqual([])
  expect((await dms.send(new DescribeEndpointsCommand({}))).Endpoints).toEqual([])
  const { DBSnapshots = [] } = await rds.send(new DescribeDBSnapshotsCommand({}))
  expect(DBSnapshots.map((one) => one.DBSnapshotIdentifier)).toEqual(['aurora-migration-shop-copy'])
  expect(await slots('source')).toEqual(['other_slot'])
  expect(await slots('target')).toEqual([])
  expect(await named('source', "select to_regclass('pulse.awsdms_heartbeat')::text as name")).toEqual([null])
  const all = ['aurora_migration', 'aurora_migration_markers']
  expect(await schemas('source')).toEqual([...all, 'pulse'])
  expect(await schemas('target')).toEqual([
    'aurora_migration',
    'aurora_migration_dms',
    'aurora_migration_markers',
  ])
  expect(await migrations('source', 'saved_state')).toEqual(['shop-2'])
  expect(await migrations('source', 'journal')).toEqual(['shop', 'shop-2'])
  expect(result.summary).toContain(
    'aurora_migration_dms and aurora_migration_markers stay on the target for shop-2',
  )
  expect(result.summary).toMatch(/the target's server shop-new \| db\.\S+, \d+ GiB, price list/u)
  expect(result.summary).toMatch(/slot other_slot on the source .* belongs to another migration/u)
  expect(result.summary).not.toContain('could not be described')
})

test('once the other one is cleaned up as well, what was shared goes', async () => {
  await stack.pair.sql('source', "select pg_drop_replication_slot('other_slot')")
  await stack.pair.sql('source', "delete from aurora_migration.saved_state where migration = 'shop-2'")
  for (const side of ['source', 'target'] as const)
    await stack.pair.sql(
      side,
      `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event) values ('shop-2', 0, '1', 1, 'cleaned-up')`,
    )
  const result = await cleanup({ 'keep-journal': 'false' })
  expect(result.exitCode, result.log).toBe(0)
  expect(await schemas('source')).toEqual(['aurora_migration', 'pulse'])
  expect(await schemas('target')).toEqual(['aurora_migration'])
  expect(await migrations('source', 'journal')).toEqual(['shop-2'])
})

test('a server that was deleted before is not asked; one that answers is not gone', async () => {
  const there = await cleanup({ gone: 'target' })
  expect(there.exitCode).toBe(1)
  expect(there.log).toContain('the target is said to be gone, but it answers')
  await stack.pair.target.stop('immediate')
  const unsaid = await cleanup()
  expect(unsaid.exitCode).toBe(1)
  expect(unsaid.log).toContain('cannot connect to the target')
  const gone = await cleanup({ gone: 'target', 'keep-journal': 'false' })
  expect(gone.exitCode, gone.log).toBe(0)
  expect(gone.outputs.state).toBe('clean')
})
