import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drained, exceptions, flowing, MARKER, table, pairRunner } from './emulator-replication-check.ts'
import { content, openServerPair, untilEqual, type ServerPair } from './emulator-replication-pair.ts'

let pair: ServerPair
const withPair = pairRunner(() => pair)

beforeAll(async () => {
  pair = await openServerPair('row-mover-changes')
})
afterAll(() => pair.close())

describe('changes', () => {
  test('updates and deletes without a key are ignored; with REPLICA IDENTITY FULL one of several equal rows changes', async () => {
    const both = `${MARKER} CREATE TABLE shop.none (v text); CREATE TABLE shop.full_row (v text, w integer); ALTER TABLE shop.full_row REPLICA IDENTITY FULL;`
    await withPair({ both }, async (databases) => {
      const task = await flowing(databases)
      await databases.source.query(
        `INSERT INTO shop.none VALUES ('a'), ('b'); INSERT INTO shop.full_row VALUES ('a', NULL), ('a', NULL), ('b', 1)`,
      )
      await databases.source.query(`UPDATE shop.none SET v = 'c'; DELETE FROM shop.none WHERE true`)
      await databases.source.query(
        `DELETE FROM shop.full_row WHERE ctid = (SELECT min(ctid) FROM shop.full_row); UPDATE shop.full_row SET w = 2 WHERE v = 'b'`,
      )
      await drained(databases)
      expect(await content(databases.target, 'shop.none')).toEqual(['(a)', '(b)'])
      expect(await content(databases.target, 'shop.full_row')).toEqual(['(a,)', '(b,2)'])
      expect(table(task, 'none')).toMatchObject({ AppliedInserts: 2, AppliedUpdates: 0, AppliedDeletes: 0 })
      expect(task.log.some((line) => line.message.includes("'shop.none' has no primary key"))).toBe(true)
      await task.replication.stop()
    })
  })

  test('TRUNCATE and updates of the key are not carried, sequences not moved, and nobody is told', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigserial PRIMARY KEY, v text);`
    await withPair({ both }, async (databases) => {
      const task = await flowing(databases)
      await databases.source.query(`INSERT INTO shop.a (v) VALUES ('1'), ('2'), ('3')`)
      await databases.source.query(`UPDATE shop.a SET id = 10 WHERE id = 1`)
      await drained(databases)
      expect(await content(databases.target, 'shop.a')).toEqual(['(1,1)', '(2,2)', '(3,3)'])
      expect(table(task, 'a')).toMatchObject({ Updates: 1 })
      await databases.source.query('TRUNCATE shop.a')
      await drained(databases)
      expect(await content(databases.target, 'shop.a')).toHaveLength(3)
      expect(await exceptions(databases)).toEqual([])
      await expect(databases.target.query(`INSERT INTO shop.a (v) VALUES ('new')`)).rejects.toThrow(
        /duplicate key/,
      )
      await task.replication.stop()
    })
  })

  test('without those quirks both are carried, in order', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, v text);`
    await withPair({ both }, async (databases) => {
      const quirks = { 'truncate-ignored': false, 'key-updates-ignored': false }
      const task = await flowing(databases, { quirks })
      await databases.source.query(
        `INSERT INTO shop.a VALUES (1, 'a'); UPDATE shop.a SET id = 2; BEGIN; TRUNCATE shop.marker, shop.a; INSERT INTO shop.a VALUES (5, 'e'), (6, 'f'); COMMIT; UPDATE shop.a SET id = 7 WHERE id = 6`,
      )
      await drained(databases)
      expect(await content(databases.target, 'shop.a')).toEqual(['(5,e)', '(7,f)'])
      expect(await exceptions(databases)).toEqual([])
      await task.replication.stop()
    })
  })

  test('values that TOAST keeps out of the stream stay as they are', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, n integer, big text); ALTER TABLE shop.a ALTER big SET STORAGE EXTERNAL;`
    await withPair({ both }, async (databases) => {
      const settings = { TargetMetadata: { LobMaxSize: 1000 } }
      const task = await flowing(databases, { settings })
      await databases.source.query(
        `INSERT INTO shop.a SELECT i, 0, repeat('long ', 4000) FROM generate_series(1, 6) i`,
      )
      await databases.source.query(
        `UPDATE shop.a SET n = id; UPDATE shop.a SET n = 9, big = 'short' WHERE id = 2`,
      )
      await drained(databases)
      await untilEqual(databases, 'shop.a')
      expect(await exceptions(databases)).toEqual([])
      await task.replication.stop()
    })
  })

  test('a failing row goes to the exceptions table under the external id, the rest of its transaction is kept', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, v text); CREATE TABLE shop.ident (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);`
    await withPair({ both }, async (databases) => {
      const task = await flowing(databases)
      await databases.target.query(`INSERT INTO shop.a VALUES (3, 'squatter')`)
      await databases.source.query(`INSERT INTO shop.a SELECT i, 'row ' || i FROM generate_series(1, 20) i`)
      await drained(databases)
      await databases.target.query(`DELETE FROM shop.a WHERE id IN (7, 8)`)
      await databases.source.query(
        `BEGIN; UPDATE shop.a SET v = 'new' WHERE id BETWEEN 5 AND 9; DELETE FROM shop.a WHERE id = 8; INSERT INTO shop.ident (v) VALUES ('x'); INSERT INTO shop.a VALUES (30, 'last'); COMMIT`,
      )
      await drained(databases)
      expect(await content(databases.target, 'shop.a')).toContain('(3,squatter)')
      expect(await content(databases.target, 'shop.a')).toContain('(30,last)')
      expect(await content(databases.target, 'shop.ident')).toEqual([])
      const logged = await exceptions(databases)
      expect(logged.map(({ TABLE_NAME, ERROR }) => `${TABLE_NAME}: ${ERROR.slice(0, 60)}`)).toEqual([
        'a: RetCode: SQL_ERROR SqlState: 23505 NativeError: 1 Message: E',
        'a: 0 rows affected',
        'a: 0 rows affected',
        'ident: RetCode: SQL_ERROR SqlState: 428C9 NativeError: 1 Message: E',
      ])
      expect(logged[0]?.STATEMENT).toBe(`INSERT INTO "shop"."a" ("id", "v") VALUES ('3', 'row 3')`)
      expect(table(task, 'a')).toMatchObject({
        Inserts: 21,
        AppliedInserts: 20,
        Updates: 5,
        AppliedUpdates: 3,
        Deletes: 1,
        AppliedDeletes: 0,
      })
      const { rows } = await databases.target.query(
        'SELECT DISTINCT "TASK_NAME" FROM public.awsdms_apply_exceptions',
      )
      expect(rows).toEqual([{ TASK_NAME: 'TESTTASK' }])
      await task.replication.stop()
    })
  })

  test('INSERT_RECORD and UPDATE_RECORD repair, SUSPEND_TABLE suspends one table only', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, v text, w text); CREATE TABLE shop.b (id bigint PRIMARY KEY, v varchar(9));`
    await withPair({ both, target: 'ALTER TABLE shop.b ADD CHECK (v <> $$bad$$)' }, async (databases) => {
      const settings = {
        ErrorBehavior: {
          ApplyErrorInsertPolicy: 'INSERT_RECORD',
          ApplyErrorUpdatePolicy: 'UPDATE_RECORD',
          DataErrorPolicy: 'SUSPEND_TABLE',
        },
        ControlTablesSettings: { SuspendedTablesTableEnabled: true },
      }
      const task = await flowing(databases, { settings })
      await databases.target.query(`INSERT INTO shop.a VALUES (1, 'old', 'old')`)
      await databases.source.query(`INSERT INTO shop.a VALUES (1, 'new', 'w'), (2, 'x', 'y')`)
      await drained(databases)
      await databases.target.query('DELETE FROM shop.a WHERE id = 2')
      await databases.source.query(`UPDATE shop.a SET v = 'z' WHERE id = 2`)
      await databases.source.query(
        `INSERT INTO shop.b VALUES (1, 'ok'); INSERT INTO shop.b VALUES (2, 'bad'), (3, 'ok'); INSERT INTO shop.b VALUES (4, 'ok')`,
      )
      await drained(databases)
      await untilEqual(databases, 'shop.a')
      expect(await content(databases.target, 'shop.b')).toEqual(['(1,ok)'])
      expect(table(task, 'b')).toMatchObject({ TableState: 'Table error' })
      const { rows } = await databases.target.query(
        'SELECT task_name, table_owner, table_name FROM public.awsdms_suspended_tables',
      )
      expect(rows).toEqual([{ task_name: 'TESTTASK', table_owner: 'shop', table_name: 'b' }])
      await task.replication.stop()
    })
  })

  test('a column added on the source suspends its table', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY);`
    await withPair({ both }, async (databases) => {
      const task = await flowing(databases)
      await databases.source.query('ALTER TABLE shop.a ADD extra integer; INSERT INTO shop.a VALUES (1, 1)')
      await drained(databases)
      expect(table(task, 'a')).toMatchObject({ TableState: 'Table error', AppliedInserts: 0 })
      expect((await exceptions(databases))[0]?.ERROR).toContain(
        "column 'extra' is not in the table definition",
      )
      await task.replication.stop()
    })
  })

  test('each transaction arrives after the delay and not before', async () => {
    await withPair({ both: MARKER }, async (databases) => {
      const task = await flowing(databases, { job: { replicationDelayMs: () => 400 } })
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      await sleep(250)
      expect(await content(databases.target, 'shop.marker')).toEqual([])
      expect(task.replication.metrics().CDCIncomingChanges).toBe(1)
      await untilEqual(databases, 'shop.marker')
      await task.replication.stop()
    })
  })
})
