import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConnectionFault } from '../emulator/replication/replication-job.ts'
import { drained, flowing, MARKER, pairRunner, table } from './emulator-replication-check.ts'
import {
  content,
  openServerPair,
  startTask,
  until,
  untilEqual,
  type DatabasePair,
  type ServerPair,
} from './emulator-replication-pair.ts'

let pair: ServerPair
const withPair = pairRunner(() => pair)

beforeAll(async () => {
  pair = await openServerPair('row-mover-segments')
})
afterAll(() => pair.close())

/** Everything of `shop`, and settings for one table. */
const mappings = (name: string, settings: Record<string, unknown>) => ({
  rules: [
    {
      'rule-type': 'selection',
      'rule-id': '1',
      'rule-name': '1',
      'object-locator': { 'schema-name': 'shop', 'table-name': '%' },
      'rule-action': 'include',
    },
    {
      'rule-type': 'table-settings',
      'rule-id': '2',
      'rule-name': '2',
      'object-locator': { 'schema-name': 'shop', 'table-name': name },
      ...settings,
    },
  ],
})

const ranges = (columns: string[], boundaries: string[][]) => ({
  'parallel-load': { type: 'ranges', columns, boundaries },
})

const LOG = `CREATE TABLE shop.log (a integer NOT NULL, b integer NOT NULL, note text);`
const fill = (rows: number): string =>
  `INSERT INTO shop.log SELECT i / 100, i % 100, repeat('x', 50) FROM generate_series(0, ${rows - 1}) i`
const tenSegments = ranges(
  ['a', 'b'],
  Array.from({ length: 9 }, (_, number) => [String((number + 1) * 10), '50']),
)

/** Sessions that unload right now, or hold the snapshot for those that do. */
async function unloading(databases: DatabasePair): Promise<number> {
  const { rows } = await databases.source.query<{ n: number }>(
    `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
        AND application_name LIKE '%unload'`,
  )
  return rows[0]?.n ?? 0
}

describe('a table loaded in segments', () => {
  test('by ranges of two columns: each row once without a key, while it changes, within MaxFullLoadSubTasks', async () => {
    const other = 'CREATE TABLE shop.other (i integer); CREATE TABLE shop.third (i integer);'
    await withPair({ both: `${MARKER} ${LOG} ${other}` }, async (databases) => {
      await databases.source.query(fill(10_000))
      await databases.source.query('INSERT INTO shop.other SELECT generate_series(1, 1000)')
      let most = 0
      let last: Promise<unknown> = Promise.resolve()
      const task = await flowing(databases, {
        settings: { FullLoadSettings: { MaxFullLoadSubTasks: 3 } },
        job: {
          tableMappings: mappings('log', tenSegments),
          async fault(point, detail) {
            if (point !== 'full-load:rows' || detail !== 'shop.log') return
            // Several segments come here at once; the test has one session.
            last = last.then(async () => {
              most = Math.max(most, await unloading(databases))
              await databases.source.query(
                "INSERT INTO shop.log SELECT 1000 + i, i, 'during the load' FROM generate_series(1, 5) i",
              )
            })
            await last
          },
        },
      })
      await drained(databases)
      await untilEqual(databases, 'shop.log')
      await untilEqual(databases, 'shop.other')
      expect(most).toBeGreaterThan(1)
      expect(most).toBeLessThanOrEqual(3)
      expect(table(task, 'log')).toMatchObject({ TableState: 'Table completed', FullLoadReloaded: false })
      await task.replication.stop()
    })
  })

  test('keeps each row once when the load breaks off among its segments', async () => {
    await withPair({ both: `${MARKER} ${LOG}` }, async (databases) => {
      await databases.source.query(fill(10_000))
      let chunks = 0
      let broken = 0
      const task = await flowing(databases, {
        settings: { FullLoadSettings: { MaxFullLoadSubTasks: 2 } },
        job: {
          tableMappings: mappings('log', tenSegments),
          fault(point, detail) {
            if (point !== 'full-load:rows' || detail !== 'shop.log') return Promise.resolve()
            chunks += 1
            if (chunks !== 6 && chunks !== 14) return Promise.resolve()
            broken += 1
            return Promise.reject(new ConnectionFault('injected'))
          },
        },
      })
      await drained(databases)
      await untilEqual(databases, 'shop.log')
      expect(broken).toBe(2)
      expect(await content(databases.target, 'shop.log')).toHaveLength(10_000)
      await task.replication.stop()
    })
  })

  test('by partitions, the listed ones first, where the emulator is told that DMS can', async () => {
    const parts = Array.from(
      { length: 4 },
      (_, number) =>
        `CREATE TABLE shop.p${number} PARTITION OF shop.parted FOR VALUES WITH (MODULUS 4, REMAINDER ${number});`,
    )
    const source = `CREATE TABLE shop.parted (i integer PRIMARY KEY) PARTITION BY HASH (i); ${parts.join(' ')}`
    const load = (databases: DatabasePair, parallel: Record<string, unknown>) =>
      startTask(databases, {
        settings: { FullLoadSettings: { TargetTablePrepMode: 'TRUNCATE_BEFORE_LOAD' } },
        job: {
          migrationType: 'full-load',
          tableMappings: {
            rules: [
              {
                ...mappings('parted', {}).rules[0],
                'object-locator': { 'schema-name': 'shop', 'table-name': 'parted' },
              },
              mappings('parted', { 'parallel-load': parallel }).rules[1],
            ],
          },
        },
      })
    const target = 'CREATE TABLE shop.parted (i integer PRIMARY KEY)'
    await withPair({ source, target }, async (databases) => {
      await databases.source.query('INSERT INTO shop.parted SELECT generate_series(1, 1000)')
      for (const parallel of [{ type: 'partitions-auto' }, { type: 'partitions-list', partitions: ['p2'] }]) {
        const task = load(databases, parallel)
        expect((await task.ended).stopReason).toBe('Stop Reason FULL_LOAD_ONLY_FINISHED')
        expect(table(task, 'parted')).toMatchObject({ FullLoadRows: 1000, TableState: 'Table completed' })
        expect(await content(databases.target, 'shop.parted')).toHaveLength(1000)
      }
      const unknown = load(databases, { type: 'partitions-list', partitions: ['p9'] })
      expect((await unknown.ended).lastFailureMessage).toContain("Partition 'p9'")
    })
  })

  test('is refused where columns and boundaries do not fit the table', async () => {
    await withPair({ both: LOG }, async (databases) => {
      const failure = async (settings: Record<string, unknown>): Promise<string> =>
        (await startTask(databases, { job: { tableMappings: mappings('log', settings) } }).ended)
          .lastFailureMessage ?? ''
      expect(await failure(ranges(['gone'], [['1']]))).toContain("column 'gone' does not exist")
      expect(await failure(ranges(['note'], [['1']]))).toContain('cannot bound a range')
      expect(await failure(ranges(['a', 'b'], [['1']]))).toContain('each boundary needs 2 values')
      expect(await failure({ 'parallel-load': { type: 'partitions-auto' } })).toContain('is not partitioned')
    })
  })
})

describe('lob-settings of one table', () => {
  const both = `CREATE TABLE shop.big (i integer PRIMARY KEY, body text); CREATE TABLE shop.small (i integer PRIMARY KEY, body text);`
  const lengths = async (databases: DatabasePair): Promise<unknown[]> =>
    (
      await databases.target.query(
        `SELECT (SELECT length(body) FROM shop.big) AS big, (SELECT length(body) FROM shop.small) AS small`,
      )
    ).rows

  test('limited, unlimited and none win over the task settings', async () => {
    const cases = [
      { lob: { mode: 'limited', 'bulk-max-size': '4' }, big: 2048 },
      { lob: { mode: 'limited', 'bulk-max-size': 64 }, big: 20_000 },
      { lob: { mode: 'unlimited' }, big: 20_000 },
      { lob: { mode: 'none' }, big: null },
    ]
    await withPair({ both }, async (databases) => {
      await databases.source.query(
        "INSERT INTO shop.big VALUES (1, repeat('x', 20000)); INSERT INTO shop.small VALUES (1, repeat('x', 20000))",
      )
      for (const { lob, big } of cases) {
        const task = startTask(databases, {
          settings: {
            TargetMetadata: { LobMaxSize: 16 },
            FullLoadSettings: { TargetTablePrepMode: 'TRUNCATE_BEFORE_LOAD' },
          },
          job: { migrationType: 'full-load', tableMappings: mappings('big', { 'lob-settings': lob }) },
        })
        expect((await task.ended).stopReason).toBe('Stop Reason FULL_LOAD_ONLY_FINISHED')
        expect(await lengths(databases)).toEqual([{ big, small: 8192 }])
      }
    })
  })
})

describe('ExecuteTimeout', () => {
  test('ends the unload of a table that gives no row for so long; the others go on', async () => {
    const both = 'CREATE TABLE shop.a (i integer PRIMARY KEY); CREATE TABLE shop.b (i integer PRIMARY KEY);'
    await withPair({ both: `${MARKER} ${both}` }, async (databases) => {
      await databases.source.query('INSERT INTO shop.b VALUES (1)')
      await databases.source.query('BEGIN; LOCK TABLE shop.a IN ACCESS EXCLUSIVE MODE')
      const task = startTask(databases, {
        job: {
          migrationType: 'full-load',
          source: { ...databases.address('source'), executeTimeoutSeconds: 1 },
        },
      })
      await task.ended
      await databases.source.query('COMMIT')
      expect(table(task, 'a')).toMatchObject({ TableState: 'Table error' })
      expect(table(task, 'b')).toMatchObject({ TableState: 'Table completed', FullLoadRows: 1 })
      expect(task.log.map(({ message }) => message).join('\n')).toMatch(
        /Table 'shop.a': .*57014.*canceling statement due to statement timeout/,
      )
    })
  })

  test('ends the validation of a table whose rows take longer', async () => {
    const both = 'CREATE TABLE shop.a (i integer PRIMARY KEY);'
    await withPair({ both: `${MARKER} ${both}` }, async (databases) => {
      const task = await flowing(databases, {
        settings: { ValidationSettings: { EnableValidation: true } },
        job: { target: { ...databases.address('target'), executeTimeoutSeconds: 1 } },
      })
      await until(
        () => table(task, 'a')?.ValidationState,
        (state) => state === 'Validated',
      )
      await databases.target.query('BEGIN; LOCK TABLE shop.a IN ACCESS EXCLUSIVE MODE')
      await task.replication.reloadTables([{ schema: 'shop', table: 'a' }], 'validate-only')
      const seen = await until(
        () => table(task, 'a'),
        (record) => record?.ValidationState === 'Error',
      )
      expect(seen?.ValidationStateDetails).toContain('statement timeout')
      await databases.target.query('COMMIT')
      await task.replication.stop()
    })
  })
})
