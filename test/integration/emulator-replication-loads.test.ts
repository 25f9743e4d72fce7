import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drained, flowing, MARKER, table, pairRunner } from './emulator-replication-check.ts'
import { content, openServerPair, startTask, type ServerPair } from './emulator-replication-pair.ts'

let pair: ServerPair
const withPair = pairRunner(() => pair)

beforeAll(async () => {
  pair = await openServerPair('row-mover-loads')
})
afterAll(() => pair.close())

describe('loads', () => {
  test('LOBs are cut at LobMaxSize, numbers rounded, unbounded varchar cut, infinity replaced: by load and by capture alike', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, t text, y bytea, n numeric, v varchar, z timestamptz);`
    await withPair({ both }, async (databases) => {
      const insert = (id: number): string => `
        INSERT INTO shop.a VALUES (${id}, repeat('é', 600), decode(repeat('ab', 2000), 'hex'), 1.23456789, repeat('x', 9000), 'infinity');
        INSERT INTO shop.a VALUES (${id + 1}, repeat('😀', 600), 'short', 1.5, 'v', '-infinity')`
      await databases.source.query(insert(1))
      const settings = { TargetMetadata: { LobMaxSize: 1 } }
      const task = await flowing(databases, { settings })
      await databases.source.query(insert(11))
      await drained(databases)
      const { rows } = await databases.target.query(
        `SELECT length(t) AS t, octet_length(y) AS y, n, length(v) AS v, z::text AS z FROM shop.a ORDER BY id`,
      )
      const cut = { t: 512, y: 1024, n: '1.234568', v: 8000, z: '9999-12-31 23:59:59+00' }
      const whole = { t: 256, y: 5, n: '1.5', v: 1, z: '4713-01-01 00:00:00+00 BC' }
      expect(rows).toEqual([cut, whole, cut, whole])
      expect(
        task.log.filter((line) => line.severity === 'warning' && line.message.includes('truncated')).length,
      ).toBeGreaterThan(1)
      await task.replication.stop()
    })
  })

  test('FailTasksOnLobTruncation fails the task in the frame of DMS', async () => {
    await withPair({ both: 'CREATE TABLE shop.a (id bigint PRIMARY KEY, t text);' }, async (databases) => {
      await databases.source.query(`INSERT INTO shop.a VALUES (1, repeat('x', 600))`)
      const target = { ...databases.address('target'), failTasksOnLobTruncation: true }
      const task = startTask(databases, { settings: { TargetMetadata: { LobMaxSize: 1 } }, job: { target } })
      const end = await task.ended
      expect(end.status).toBe('failed')
      expect(end.lastFailureMessage).toMatch(
        /^Last Error LOB data was truncated.*Stop Reason FATAL_ERROR Error Level FATAL$/,
      )
    })
  })

  test('a table in error does not keep the others from loading; full-load tasks end finished', async () => {
    const both = `CREATE TABLE shop.a (id bigint PRIMARY KEY); CREATE TABLE shop.b (id bigint PRIMARY KEY); CREATE TABLE shop.c (id bigint PRIMARY KEY, b bigint REFERENCES shop.b);`
    await withPair({ both }, async (databases) => {
      await databases.source.query(
        `INSERT INTO shop.a SELECT generate_series(1, 5); INSERT INTO shop.b VALUES (1); INSERT INTO shop.c VALUES (1, 1)`,
      )
      await databases.target.query('INSERT INTO shop.a VALUES (3)')
      const task = startTask(databases, { job: { migrationType: 'full-load' } })
      expect(await task.ended).toEqual({
        status: 'stopped',
        stopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED',
      })
      expect(
        task.replication
          .statistics()
          .map((record) => [record.TableName, record.TableState, record.FullLoadRows]),
      ).toEqual([
        ['a', 'Table error', 5],
        ['b', 'Table completed', 1],
        ['c', 'Table completed', 1],
      ])
      expect(task.replication.stats()).toMatchObject({
        FullLoadProgressPercent: 100,
        TablesLoaded: 2,
        TablesErrored: 1,
      })
      expect(await content(databases.target, 'shop.a')).toEqual(['(3)'])
    })
  })

  test('DROP_AND_CREATE makes bare tables, TRUNCATE_BEFORE_LOAD empties them, foreign keys refuse it', async () => {
    const both = `CREATE TYPE shop.mood AS ENUM ('ok'); CREATE TABLE shop.made (id bigserial PRIMARY KEY, n numeric, m shop.mood NOT NULL DEFAULT 'ok', t varchar(7));`
    await withPair({ both, target: 'DROP TABLE shop.made; DROP TYPE shop.mood' }, async (databases) => {
      await databases.source.query(`INSERT INTO shop.made (n, t) VALUES (1.5, 'a'), (2, 'b')`)
      const full = { migrationType: 'full-load' } as const
      const first = startTask(databases, {
        job: full,
        settings: { FullLoadSettings: { TargetTablePrepMode: 'DROP_AND_CREATE' } },
      })
      await first.ended
      const { rows } = await databases.target.query(`
        SELECT column_name, data_type, numeric_scale, is_nullable, column_default FROM information_schema.columns
         WHERE table_schema = 'shop' ORDER BY ordinal_position`)
      expect(rows).toEqual([
        { column_name: 'id', data_type: 'bigint', numeric_scale: 0, is_nullable: 'NO', column_default: null },
        {
          column_name: 'n',
          data_type: 'numeric',
          numeric_scale: 6,
          is_nullable: 'YES',
          column_default: null,
        },
        {
          column_name: 'm',
          data_type: 'character varying',
          numeric_scale: null,
          is_nullable: 'NO',
          column_default: null,
        },
        {
          column_name: 't',
          data_type: 'character varying',
          numeric_scale: null,
          is_nullable: 'YES',
          column_default: null,
        },
      ])
      expect(await content(databases.target, 'shop.made')).toEqual(['(1,1.500000,ok,a)', '(2,2.000000,ok,b)'])
      const truncate = { FullLoadSettings: { TargetTablePrepMode: 'TRUNCATE_BEFORE_LOAD' } }
      const again = startTask(databases, { job: { ...full, externalId: 'AGAIN' }, settings: truncate })
      await again.ended
      expect(await content(databases.target, 'shop.made')).toHaveLength(2)
      await databases.target.query('CREATE TABLE public.child (id bigint REFERENCES shop.made)')
      const refused = startTask(databases, { job: { ...full, externalId: 'REFUSED' }, settings: truncate })
      await refused.ended
      expect(table(refused, 'made')).toMatchObject({ TableState: 'Table error' })
      expect(refused.log.some((line) => line.message.includes('SqlState: 0A000'))).toBe(true)
    })
  })

  test('ranges load in parallel and lose rows whose boundary column is NULL; filters and renames apply', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, part integer); CREATE TABLE shop.f (id bigint PRIMARY KEY, k integer);`
    await withPair({ both, target: 'ALTER TABLE shop.f RENAME TO renamed' }, async (databases) => {
      await databases.source.query(
        `INSERT INTO shop.a SELECT i, nullif(i % 10, 7) FROM generate_series(1, 1000) i; INSERT INTO shop.f SELECT i, i FROM generate_series(1, 9) i`,
      )
      const locator = { 'schema-name': 'shop', 'table-name': 'a' }
      const filters = [
        {
          'filter-type': 'source',
          'column-name': 'k',
          'filter-conditions': [{ 'filter-operator': 'between', 'start-value': '3', 'end-value': '10' }],
        },
      ]
      const mappings = {
        rules: [
          {
            'rule-type': 'selection',
            'rule-id': '1',
            'object-locator': { ...locator, 'table-name': '[am]%' },
            'rule-action': 'include',
          },
          {
            'rule-type': 'selection',
            'rule-id': '2',
            'object-locator': { ...locator, 'table-name': 'f' },
            'rule-action': 'explicit',
            filters,
          },
          {
            'rule-type': 'transformation',
            'rule-id': '3',
            'rule-target': 'table',
            'object-locator': { ...locator, 'table-name': 'f' },
            'rule-action': 'rename',
            value: 'renamed',
          },
          {
            'rule-type': 'table-settings',
            'rule-id': '4',
            'object-locator': locator,
            'parallel-load': { type: 'ranges', columns: ['part'], boundaries: [['3'], ['6']] },
          },
        ],
      }
      const task = await flowing(databases, { job: { tableMappings: mappings } })
      expect(table(task, 'a')).toMatchObject({ FullLoadRows: 900, TableState: 'Table completed' })
      await databases.source.query(
        `INSERT INTO shop.f VALUES (10, 10), (11, 11); UPDATE shop.f SET k = 4 WHERE id IN (1, 3)`,
      )
      await drained(databases)
      expect(await content(databases.target, 'shop.renamed')).toEqual([
        '(10,10)',
        '(3,4)',
        '(4,4)',
        '(5,5)',
        '(6,6)',
        '(7,7)',
        '(8,8)',
        '(9,9)',
      ])
      await task.replication.stop()
    })
  })

  test('full LOB mode fails on NOT NULL, SupportLobs=false leaves LOB columns out, arrays need a key', async () => {
    const both = `CREATE TABLE shop.a (id bigint PRIMARY KEY, t text NOT NULL); CREATE TABLE shop.b (id bigint PRIMARY KEY, t text); CREATE TABLE shop.c (v integer[]);`
    await withPair({ both }, async (databases) => {
      await databases.source.query(
        `INSERT INTO shop.a VALUES (1, 'x'); INSERT INTO shop.b VALUES (1, repeat('x', 50000)), (2, NULL); INSERT INTO shop.c VALUES ('{1}')`,
      )
      const full = startTask(databases, {
        job: { migrationType: 'full-load' },
        settings: { TargetMetadata: { FullLobMode: true, LimitedSizeLobMode: false } },
      })
      await full.ended
      expect(full.replication.statistics().map((record) => record.TableState)).toEqual([
        'Table error',
        'Table completed',
        'Table error',
      ])
      expect(await content(databases.target, 'shop.b')).toEqual(await content(databases.source, 'shop.b'))
      await databases.target.query('TRUNCATE shop.b')
      const none = startTask(databases, {
        job: { migrationType: 'full-load', externalId: 'NOLOB' },
        settings: { TargetMetadata: { SupportLobs: false } },
      })
      await none.ended
      expect(await content(databases.target, 'shop.b')).toEqual(['(1,)', '(2,)'])
    })
  })
})
