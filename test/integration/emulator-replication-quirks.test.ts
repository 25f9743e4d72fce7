import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TableFault, TaskFault, type TableStatisticsRecord } from '../emulator/replication/replication-job.ts'
import {
  content,
  createDatabasePair,
  openServerPair,
  SELECT_ALL,
  startTask,
  until,
  untilEqual,
  type DatabasePair,
  type ServerPair,
  type TaskOptions,
  type TestTask,
} from './emulator-replication-pair.ts'

let pair: ServerPair
let number = 0

beforeAll(async () => {
  pair = await openServerPair('row-mover-quirks')
})
afterAll(() => pair.close())

interface Schema {
  readonly both?: string
  readonly source?: string
  readonly target?: string
}

/** Runs `check` with a database pair of its own. */
async function withPair(schema: Schema, check: (databases: DatabasePair) => Promise<void>): Promise<void> {
  number += 1
  const prefix = 'CREATE SCHEMA shop;'
  const databases = await createDatabasePair(pair, `quirk${number}`, {
    ...schema,
    both: `${prefix}${schema.both ?? ''}`,
  })
  try {
    await check(databases)
  } finally {
    await databases.close()
  }
}

async function flowing(databases: DatabasePair, options: TaskOptions = {}): Promise<TestTask> {
  const task = startTask(databases, options)
  const ended = task.ended.then((end) => Promise.reject(new Error(JSON.stringify(end))))
  await Promise.race([until(() => task.checkpoint()?.cachedChangesApplied, Boolean), ended])
  ended.catch(() => undefined)
  return task
}

function table(task: TestTask, name: string): TableStatisticsRecord | undefined {
  return task.replication.statistics().find((record) => record.TableName === name)
}

async function exceptions(
  databases: DatabasePair,
): Promise<{ TABLE_NAME: string; STATEMENT: string; ERROR: string }[]> {
  const { rows } = await databases.target.query<{ TABLE_NAME: string; STATEMENT: string; ERROR: string }>(
    'SELECT "TABLE_NAME", "STATEMENT", "ERROR" FROM public.awsdms_apply_exceptions',
  )
  return rows
}

/** Writes a last row and waits for it: everything before it has been dealt with. */
async function drained(databases: DatabasePair): Promise<void> {
  await databases.source.query(`INSERT INTO shop.marker DEFAULT VALUES`)
  await untilEqual(databases, 'shop.marker')
}

const MARKER = 'CREATE TABLE shop.marker (id bigserial PRIMARY KEY);'

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

describe('a task', () => {
  test('that selects nothing fails with the text of DMS', async () => {
    await withPair({}, async (databases) => {
      const task = startTask(databases)
      expect((await task.ended).lastFailureMessage).toContain(
        'No tables were found at task initialization. Either the selected table(s)',
      )
    })
  })

  test('stops where it was told to: before or after the cached changes', async () => {
    await withPair({ both: MARKER }, async (databases) => {
      const before = startTask(databases, {
        settings: { FullLoadSettings: { StopTaskCachedChangesNotApplied: true } },
      })
      expect((await before.ended).stopReason).toBe('Stop Reason STOPPED_AFTER_FULL_LOAD')
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      const resumed = await flowing(databases, {
        job: { startType: 'resume-processing', checkpoint: before.checkpoint()! },
      })
      await untilEqual(databases, 'shop.marker')
      await resumed.replication.stop()
      const after = startTask(databases, {
        job: { startType: 'reload-target', checkpoint: resumed.checkpoint()! },
        settings: {
          FullLoadSettings: {
            StopTaskCachedChangesApplied: true,
            TargetTablePrepMode: 'TRUNCATE_BEFORE_LOAD',
          },
        },
      })
      expect((await after.ended).stopReason).toBe('Stop Reason STOPPED_AFTER_CACHED_EVENTS')
      await untilEqual(databases, 'shop.marker')
      const { rowCount } = await databases.source.query(
        `SELECT FROM pg_replication_slots WHERE database = current_database()`,
      )
      expect(rowCount).toBe(1)
    })
  })

  test('starts capture from a slot and position of its own choice, and refuses one before the slot', async () => {
    await withPair({ both: MARKER }, async (databases) => {
      await databases.source.query(`SELECT pg_create_logical_replication_slot('own_slot', 'test_decoding')`)
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      const { rows } = await databases.source.query<{ lsn: string }>(
        'SELECT pg_current_wal_lsn()::text AS lsn',
      )
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      const job = {
        migrationType: 'cdc',
        source: { ...databases.address('source'), slotName: 'own_slot' },
      } as const
      const early = startTask(databases, { job: { ...job, cdcStartPosition: '0/1' } })
      expect((await early.ended).lastFailureMessage).toContain('is before confirmed_flush_lsn')
      const task = startTask(databases, { job: { ...job, cdcStartPosition: rows[0]?.lsn ?? '' } })
      await until(
        () => content(databases.target, 'shop.marker'),
        (all) => all.length === 1,
      )
      expect(await content(databases.target, 'shop.marker')).toEqual(['(2)'])
      await task.replication.stop()
      const missing = startTask(databases, { job: { ...job, source: { ...job.source, slotName: 'gone' } } })
      expect((await missing.ended).lastFailureMessage).toContain(
        "Logical replication slot 'gone' does not exist",
      )
    })
  })

  test('leaves confirmed_flush_lsn where it is while only other tables change', async () => {
    await withPair({ both: MARKER, source: 'CREATE TABLE public.other (i integer)' }, async (databases) => {
      const task = await flowing(databases)
      await drained(databases)
      const confirmed = async (): Promise<unknown> =>
        (
          await databases.source.query(
            `SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE database = current_database()`,
          )
        ).rows
      await sleep(50)
      const first = await confirmed()
      await databases.source.query('INSERT INTO public.other SELECT generate_series(1, 100)')
      await sleep(300)
      expect(await confirmed()).toEqual(first)
      await drained(databases)
      await until(confirmed, (now) => JSON.stringify(now) !== JSON.stringify(first))
      await task.replication.stop()
    })
  })

  test('obeys fault points: a table in error, a task that fails, an apply that is held', async () => {
    await withPair({ both: `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY);` }, async (databases) => {
      let held = false
      const release = Promise.withResolvers<void>()
      const task = await flowing(databases, {
        job: {
          async fault(point, detail) {
            if (point === 'full-load:table' && detail === 'shop.a') throw new TableFault('injected')
            if (point === 'cdc:apply' && held) await release.promise
          },
        },
      })
      expect(table(task, 'a')).toMatchObject({ TableState: 'Table error' })
      held = true
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      await sleep(200)
      expect(await content(databases.target, 'shop.marker')).toEqual([])
      release.resolve()
      await untilEqual(databases, 'shop.marker')
      await task.replication.stop()
      const failing = startTask(databases, {
        job: {
          startType: 'resume-processing',
          checkpoint: task.checkpoint()!,
          fault: async (point) => {
            if (point === 'cdc:read') throw new TaskFault('injected')
          },
        },
      })
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      expect((await failing.ended).lastFailureMessage).toMatch(/^Last Error injected/)
    })
  })

  test('reloads a table while the others flow', async () => {
    await withPair(
      { both: `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, v integer);` },
      async (databases) => {
        const settings = { FullLoadSettings: { TargetTablePrepMode: 'TRUNCATE_BEFORE_LOAD' } }
        const task = await flowing(databases, { settings, job: { tableMappings: SELECT_ALL } })
        await databases.source.query('INSERT INTO shop.a SELECT i, 0 FROM generate_series(1, 500) i')
        await drained(databases)
        await databases.target.query('DELETE FROM shop.a WHERE id < 100')
        await task.replication.reloadTables([{ schema: 'shop', table: 'a' }], 'data-reload')
        await databases.source.query(
          'UPDATE shop.a SET v = 1 WHERE id < 50; INSERT INTO shop.a VALUES (1000, 1)',
        )
        await until(
          () => table(task, 'a'),
          (record) => record?.TableState === 'Table completed',
        )
        await untilEqual(databases, 'shop.a')
        await drained(databases)
        expect(table(task, 'a')).toMatchObject({ FullLoadReloaded: true })
        expect(await exceptions(databases)).toEqual([])
        await task.replication.stop()
      },
    )
  })
})
