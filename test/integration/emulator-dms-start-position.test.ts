import {
  CreateEndpointCommand,
  DescribeTableStatisticsCommand,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestMigration, until } from '../emulator/open-test-migration.ts'
import type { TestMigration } from '../emulator/open-test-migration.ts'

const tables = ['left_one', 'right_one'] as const
type Name = (typeof tables)[number]

/** No keys: a row that is applied twice shows. */
const schema = tables.map((name) => `create table public.${name} (n int, note text);`).join(' ')

const slotOf = (table: Name): string => `slot_${table}`

let my: TestMigration
let open: Client
let lsn = ''

beforeAll(async () => {
  my = await openTestMigration('emulator-start-position', schema)
  for (const table of tables) {
    await my.query(
      my.source,
      `select pg_create_logical_replication_slot('${slotOf(table)}', 'test_decoding')`,
    )
    await my.query(my.source, `insert into public.${table} select n, 'old' from generate_series(1, 30) n`)
  }
  // A transaction that has written before the copy and commits after it belongs to the changes, whole.
  open = new Client({ connectionString: my.source.superuserUrl })
  await open.connect()
  await open.query("begin; insert into public.left_one values (100, 'open at the copy')")
  for (const table of tables) {
    const rows = await my.query<{ n: number; note: string }>(my.source, `select n, note from public.${table}`)
    const values = rows.map(({ n, note }) => `(${n}, '${note}')`).join(', ')
    await my.query(my.target, `insert into public.${table} values ${values}`)
  }
  lsn = (await my.query<{ lsn: string }>(my.source, 'select pg_current_wal_lsn()::text as lsn'))[0]?.lsn ?? ''
  for (const table of tables)
    await my.query(my.source, `insert into public.${table} select n, 'new' from generate_series(31, 50) n`)
  await open.query("insert into public.left_one values (101, 'after the copy'); commit")
  await open.end()
  await my.testConnection(my.targetArn)
})

afterAll(() => my?.close())

const mappingsOf = (table: string): string =>
  JSON.stringify({
    rules: [
      {
        'rule-type': 'selection',
        'rule-id': '1',
        'rule-name': '1',
        'object-locator': { 'schema-name': 'public', 'table-name': table },
        'rule-action': 'explicit',
      },
    ],
  })

async function endpoint(name: string, slotName?: string): Promise<string> {
  const { Endpoint } = await my.aws.dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: name,
      EndpointType: 'source',
      EngineName: 'postgres',
      PostgreSQLSettings: {
        SecretsManagerSecretId: 'dms/source',
        SecretsManagerAccessRoleArn: 'arn:aws:iam::123456789012:role/dms',
        DatabaseName: 'postgres',
        CaptureDdls: false,
        ...(slotName === undefined ? {} : { SlotName: slotName }),
      },
    }),
  )
  const arn = Endpoint?.EndpointArn ?? ''
  await my.testConnection(arn)
  return arn
}

const create = (name: string, sourceArn: string, table: string, position?: string): Promise<string> =>
  my.createTask(name, {
    SourceEndpointArn: sourceArn,
    MigrationType: 'cdc',
    TableMappings: mappingsOf(table),
    ...(position === undefined ? {} : { CdcStartPosition: position }),
  })

const contentOf = async (server: TestMigration['source'], table: string): Promise<string[]> =>
  (
    await my.query<{ row: string }>(server, `select whole::text as row from public.${table} whole order by 1`)
  ).map(({ row }) => row)

const equal = (table: string): Promise<string[]> =>
  until(`${table} equal`, async () => {
    const [here, there] = await Promise.all([contentOf(my.source, table), contentOf(my.target, table)])
    return JSON.stringify(here) === JSON.stringify(there) ? there : undefined
  })

const failureOf = async (arn: string): Promise<string> => {
  await my.start(arn, 'start-replication')
  return (await my.reaches(arn, 'failed')).LastFailureMessage ?? ''
}

describe('a cdc task that begins at the LSN of a copy', () => {
  const arns: Record<string, string> = {}

  it('brings what committed from there on exactly once, across kills at every stage, each task by its slot', async () => {
    await my.aws.emulator.addFault({ operation: 'cdc:read', effect: { kind: 'hold' } })
    for (const table of tables) {
      const arn = await create(
        table.replace('_', '-'),
        await endpoint(`from-${table.replace('_', '-')}`, slotOf(table)),
        table,
        lsn,
      )
      arns[table] = arn
      await my.start(arn, 'start-replication')
      await my.reaches(arn, 'running')
    }
    // Nothing has been read yet: only the start position is known.
    await my.aws.emulator.kill()
    await my.aws.emulator.restart()
    await my.aws.emulator.addFault({ operation: 'cdc:confirm', effect: { kind: 'hold' } })
    for (const table of tables) await equal(table)
    // Applied, not confirmed: the slots send everything again.
    await my.aws.emulator.kill()
    await my.query(my.source, "insert into public.right_one values (200, 'after the kill')")
    await my.aws.emulator.restart()
    expect(await equal('right_one')).toHaveLength(51)
    expect(await equal('left_one')).toHaveLength(52)
  })

  it('counts only what came after the position', async () => {
    const expected = { left_one: 22, right_one: 21 }
    for (const table of tables) {
      const found = await until('counted', async () => {
        const { TableStatistics } = await my.aws.dms.send(
          new DescribeTableStatisticsCommand({ ReplicationTaskArn: arns[table] ?? '' }),
        )
        return TableStatistics?.[0]?.AppliedInserts === expected[table] ? TableStatistics[0] : undefined
      })
      expect(found).toMatchObject({ Inserts: expected[table], FullLoadRows: 0 })
    }
  })

  it('leaves the slots that it was given when it stops', async () => {
    for (const table of tables) {
      await my.aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arns[table] ?? '' }))
      await my.reaches(arns[table] ?? '', 'stopped')
    }
    const slots = await my.query(my.source, 'select slot_name, active from pg_replication_slots order by 1')
    expect(slots).toEqual(tables.map((table) => ({ slot_name: slotOf(table), active: false })))
  })

  it('refuses a position that the slot has left behind', async () => {
    const arn = await create('behind', await endpoint('behind', slotOf('left_one')), 'left_one', '0/10')
    expect(await failureOf(arn)).toMatch(
      /0\/10 is before confirmed_flush_lsn .* of replication slot 'slot_left_one'/,
    )
  })

  it('refuses without SlotName, without the slot, and with a slot of another plugin or database', async () => {
    const none = await create('no-slot', await endpoint('no-slot'), 'left_one', lsn)
    expect(await failureOf(none)).toContain('needs the source endpoint setting SlotName')
    const gone = await create('gone', await endpoint('gone', 'nowhere'), 'left_one', lsn)
    expect(await failureOf(gone)).toContain("Logical replication slot 'nowhere' does not exist")
    await my.query(my.source, "select pg_create_logical_replication_slot('other_plugin', 'pgoutput')")
    const plugin = await create('plugin', await endpoint('plugin', 'other_plugin'), 'left_one', lsn)
    expect(await failureOf(plugin)).toContain("uses plugin 'pgoutput', not 'test_decoding'")
    await my.query(my.source, 'create database elsewhere')
    const url = new URL(my.source.superuserUrl)
    url.pathname = '/elsewhere'
    const other = new Client({ connectionString: url.href })
    await other.connect()
    await other.query("select pg_create_logical_replication_slot('other_database', 'test_decoding')")
    await other.end()
    const database = await create('database', await endpoint('database', 'other_database'), 'left_one', lsn)
    expect(await failureOf(database)).toContain("slot 'other_database' was created in another database")
  })

  it('begins with `now` at what commits after the start', async () => {
    await my.query(my.source, "select pg_create_logical_replication_slot('slot_now', 'test_decoding')")
    await my.query(my.source, "insert into public.left_one values (300, 'before now')")
    const arn = await create('now', await endpoint('now', 'slot_now'), 'left_one', 'now')
    await my.start(arn, 'start-replication')
    await my.reaches(arn, 'running')
    await my.query(my.source, "insert into public.left_one values (301, 'after now')")
    const seen = await until('applied', async () => {
      const found = await contentOf(my.target, 'left_one')
      return found.some((row) => row.startsWith('(301')) ? found : undefined
    })
    expect(seen.filter((row) => /^\(30\d/.test(row))).toEqual(['(301,"after now")'])
  })
})
