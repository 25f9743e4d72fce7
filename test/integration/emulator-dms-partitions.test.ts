import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestMigration, until } from '../emulator/open-test-migration.ts'
import type { TestMigration } from '../emulator/open-test-migration.ts'

const partitions = 64
const tasks = 4
const rowsEach = 1000

const nameOf = (partition: number): string => `events_${String(partition).padStart(2, '0')}`
const schema = `
  create table public.events (id bigint, bucket int, note text, primary key (id, bucket)) partition by list (bucket);
  ${Array.from({ length: partitions }, (_, at) => `create table public.${nameOf(at)} partition of public.events for values in (${at});`).join('\n')}`

let my: TestMigration

beforeAll(async () => {
  my = await openTestMigration('emulator-partitions', schema)
  await my.query(
    my.source,
    `insert into public.events select i, i % ${partitions}, repeat('x', 100) from generate_series(1, ${partitions * rowsEach}) i`,
  )
  await my.testConnection(my.sourceArn)
  await my.testConnection(my.targetArn)
})

afterAll(() => my?.close())

/** Every fourth partition, by its exact name. */
const mappingsOf = (task: number): string =>
  JSON.stringify({
    rules: Array.from({ length: partitions / tasks }, (_, at) => ({
      'rule-type': 'selection',
      'rule-id': String(at + 1),
      'rule-name': String(at + 1),
      'object-locator': { 'schema-name': 'public', 'table-name': nameOf(at * tasks + task) },
      'rule-action': 'explicit',
    })),
  })

const rowsOnTarget = async (condition: string): Promise<number> =>
  Number(
    (
      await my.query<{ n: string }>(
        my.target,
        `select count(*)::text as n from public.events where ${condition}`,
      )
    )[0]?.n,
  )

it('four tasks at once load 64 partitions of one table and carry changes to each', async () => {
  const arns: string[] = []
  for (let task = 0; task < tasks; task += 1) {
    arns.push(await my.createTask(`part-${task}`, { TableMappings: mappingsOf(task) }))
  }
  await Promise.all(arns.map((arn) => my.start(arn, 'start-replication')))
  // `until` gives up after 20 seconds; on two idle cores this takes less than two.
  for (const arn of arns) {
    const stats = await until('loaded', async () => {
      const { ReplicationTaskStats } = await my.task(arn)
      return ReplicationTaskStats?.FullLoadProgressPercent === 100 ? ReplicationTaskStats : undefined
    })
    expect(stats).toMatchObject({ TablesLoaded: partitions / tasks, TablesErrored: 0 })
  }
  await my.query(
    my.source,
    `insert into public.events select 1000000 + i, i, 'late' from generate_series(0, ${partitions - 1}) i`,
  )
  await until('captured', async () =>
    (await rowsOnTarget("note = 'late'")) === partitions ? true : undefined,
  )
  expect(await rowsOnTarget('true')).toBe(partitions * (rowsEach + 1))
})
