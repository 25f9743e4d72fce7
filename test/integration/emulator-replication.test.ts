import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  content,
  createDatabasePair,
  openServerPair,
  startTask,
  until,
  untilEqual,
  type ServerPair,
} from './emulator-replication-pair.ts'

let pair: ServerPair

beforeAll(async () => {
  pair = await openServerPair('row-mover')
})
afterAll(() => pair.close())

const SCHEMA = `
  CREATE SCHEMA shop;
  CREATE TYPE shop.mood AS ENUM ('glad', 'it''s "so"');
  CREATE DOMAIN shop.email AS text CHECK (VALUE ~ '@');
  CREATE TABLE shop.kinds (
    id bigint PRIMARY KEY, t text, v varchar(40), c char(5), n numeric(10,2), u numeric, r real, d double precision,
    b boolean, ts timestamp, tz timestamptz, da date, ti time, iv interval, j json, jb jsonb, by bytea, ia integer[],
    ta text[], uu uuid, m shop.mood, e shop.email, bi bit(3), vb bit varying(8), ip inet, rg int4range, x xml, "Odd ""name""" text);
  CREATE TABLE shop.plain (id bigint PRIMARY KEY, balance bigint NOT NULL, note text);
  CREATE TABLE shop.keyless (at timestamptz NOT NULL, what text);
  CREATE TABLE shop."Mixed Case" ("Key Part" integer, other text, PRIMARY KEY ("Key Part", other));
`

describe('full load and change capture', () => {
  test('every kind of value arrives by load and by capture as it was', async () => {
    const databases = await createDatabasePair(pair, 'kinds', { both: SCHEMA })
    const insert = (id: number, tail: string): string => `
      INSERT INTO shop.kinds VALUES (${id}, E'it''s\\n\\t\\\\x "q" ${tail}', 'v', 'ab', 1.50, 1.5, 1e-3, 0.1, true,
        '2026-11-20 10:00:00.123456', '2026-11-20 10:00:00+02', '2026-11-20', '10:00', '1 mon 2 days', '{"a": "x''y"}',
        '{"b": [1, null]}', '\\x00ff5c27', '{1,NULL,3}', ARRAY['a,b', 'c"d', NULL, 'it''s'],
        '00000000-0000-0000-0000-000000000001', 'it''s "so"', 'a@b', B'101', B'0101', '10.0.0.1/24', '[1,5)', '<a>x</a>', 'odd')`
    await databases.source.query(insert(1, 'load'))
    await databases.source.query(`INSERT INTO shop.kinds (id) VALUES (2)`)
    const task = startTask(databases)
    await until(
      () => task.checkpoint()?.cachedChangesApplied,
      (applied) => applied === true,
    )
    expect(await content(databases.target, 'shop.kinds')).toEqual(
      await content(databases.source, 'shop.kinds'),
    )
    await databases.source.query(insert(3, 'capture'))
    await databases.source.query(`INSERT INTO shop.kinds (id) VALUES (4), (5), (6), (7), (8)`)
    await databases.source.query(`
      UPDATE shop.kinds SET t = 'new', jb = '{"z": 1}', ia = '{}', c = 'z', x = null, bi = B'001', iv = '-1 day', m = 'glad' WHERE id >= 3`)
    await databases.source.query(`DELETE FROM shop.kinds WHERE id IN (2, 5)`)
    await untilEqual(databases, 'shop.kinds')
    const [kinds] = task.replication.statistics().filter((record) => record.TableName === 'kinds')
    expect(kinds).toMatchObject({
      FullLoadRows: 2,
      Inserts: 6,
      Updates: 6,
      Deletes: 2,
      AppliedInserts: 6,
      AppliedUpdates: 6,
      AppliedDeletes: 2,
      TableState: 'Table completed',
    })
    await task.replication.stop()
    expect(await task.ended).toEqual({ status: 'stopped', stopReason: 'Stop Reason NORMAL' })
    await databases.close()
  })

  test('writes during the load are neither lost nor doubled, in tables without a key as well', async () => {
    const databases = await createDatabasePair(pair, 'busy', { both: SCHEMA })
    await databases.source.query(`
      INSERT INTO shop.plain SELECT i, i, repeat('x', 200) FROM generate_series(1, 20000) i;
      INSERT INTO shop.keyless SELECT now(), i::text FROM generate_series(1, 20000) i`)
    const task = startTask(databases)
    let id = 100_000
    const writer = (async () => {
      for (let round = 0; round < 150; round += 1) {
        id += 1
        await databases.source
          .query(`BEGIN; INSERT INTO shop.plain VALUES (${id}, 0, 'live'); INSERT INTO shop.keyless VALUES (now(), 'live ${id}');
          UPDATE shop.plain SET balance = balance + 1 WHERE id = ${1 + (id % 20000)}; DELETE FROM shop.plain WHERE id = ${id - 10}; COMMIT`)
      }
    })()
    await writer
    await untilEqual(databases, 'shop.plain')
    await untilEqual(databases, 'shop.keyless')
    const records = task.replication.statistics()
    for (const record of records) {
      expect(record.AppliedInserts).toBe(record.Inserts)
      expect(record.AppliedUpdates).toBe(record.Updates)
      expect(record.AppliedDeletes).toBe(record.Deletes)
    }
    expect(await content(databases.target, 'public.awsdms_apply_exceptions')).toEqual([])
    await task.replication.stop()
    await databases.close()
  })
})
