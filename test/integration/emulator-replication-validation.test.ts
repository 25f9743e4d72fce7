import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TableStatisticsRecord } from '../emulator/replication/replication-job.ts'
import {
  createDatabasePair,
  openServerPair,
  startTask,
  until,
  untilEqual,
  type ServerPair,
  type TestTask,
} from './emulator-replication-pair.ts'

let pair: ServerPair

beforeAll(async () => {
  pair = await openServerPair('row-mover-validation')
})
afterAll(() => pair.close())

const SCHEMA = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.a (id bigint PRIMARY KEY, v text, at timestamptz DEFAULT now());
  CREATE TABLE shop.pairs (k1 uuid, k2 varchar(20), n numeric(10, 2), PRIMARY KEY (k1, k2));
  CREATE TABLE shop.none (v text);
  CREATE TABLE shop.text_key (id text PRIMARY KEY);
`
const SETTINGS = {
  ValidationSettings: { EnableValidation: true, PartitionSize: 500 },
  TargetMetadata: { LobMaxSize: 64 },
}

function state(task: TestTask, name: string): Partial<TableStatisticsRecord> | undefined {
  return task.replication.statistics().find((record) => record.TableName === name)
}

describe('validation', () => {
  test('ends Validated under writes without a false alarm, and finds exactly the rows that differ', async () => {
    const databases = await createDatabasePair(pair, 'valid', { both: SCHEMA })
    await databases.source.query(`
      INSERT INTO shop.a SELECT i, 'row ' || i FROM generate_series(1, 3000) i;
      INSERT INTO shop.pairs SELECT gen_random_uuid(), 'key ' || i, i FROM generate_series(1, 1200) i;
      INSERT INTO shop.none VALUES ('a'); INSERT INTO shop.text_key VALUES ('a')`)
    const task = startTask(databases, { settings: SETTINGS })
    for (let round = 0; round < 100; round += 1)
      await databases.source
        .query(`UPDATE shop.a SET v = 'round ${round}', at = now() WHERE id % 100 = ${round};
        DELETE FROM shop.a WHERE id = ${3000 - round}; INSERT INTO shop.a VALUES (${5000 + round}, 'new')`)
    await untilEqual(databases, 'shop.a')
    await until(
      () => [state(task, 'a')?.ValidationState, state(task, 'pairs')?.ValidationState],
      (all) => all.every((one) => one === 'Validated'),
    )
    expect(state(task, 'none')).toMatchObject({ ValidationState: 'No primary key' })
    expect(state(task, 'text_key')).toMatchObject({ ValidationState: 'Error' })
    const failures = async (): Promise<unknown[]> =>
      (
        await databases.target.query(
          `SELECT "TASK_NAME", "TABLE_NAME", "KEY_TYPE", "KEY", "FAILURE_TYPE", "DETAILS" FROM public.awsdms_validation_failures_v2 ORDER BY "KEY"`,
        )
      ).rows
    expect(await failures()).toEqual([])

    await databases.target.query(
      `UPDATE shop.a SET v = 'broken' WHERE id = 17; DELETE FROM shop.a WHERE id = 20; INSERT INTO shop.a VALUES (9999, 'alien', now())`,
    )
    await task.replication.reloadTables([{ schema: 'shop', table: 'a' }], 'validate-only')
    await until(
      () => state(task, 'a')?.ValidationFailedRecords,
      (failed) => failed === 3,
    )
    expect(state(task, 'a')).toMatchObject({
      ValidationState: 'Mismatched records',
      ValidationPendingRecords: 0,
    })
    const row = { TASK_NAME: 'TESTTASK', TABLE_NAME: 'a', KEY_TYPE: 'Row' }
    expect(await failures()).toEqual([
      {
        ...row,
        KEY: '{"key":["17"]}',
        FAILURE_TYPE: 'RECORD_DIFF',
        DETAILS: '[[{"v":"round 17"},{"v":"broken"}]]',
      },
      { ...row, KEY: '{"key":["20"]}', FAILURE_TYPE: 'MISSING_TARGET', DETAILS: '[]' },
      { ...row, KEY: '{"key":["9999"]}', FAILURE_TYPE: 'MISSING_SOURCE', DETAILS: '[]' },
    ])
    await task.replication.stop()
    await databases.close()
  })

  test('a full-load task validates once and then ends', async () => {
    const databases = await createDatabasePair(pair, 'once', { both: SCHEMA })
    await databases.source.query(`INSERT INTO shop.a SELECT i, 'row ' || i FROM generate_series(1, 1000) i`)
    const task = startTask(databases, {
      job: { migrationType: 'full-load', externalId: 'ONCE' },
      settings: { ...SETTINGS, FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' } },
    })
    expect((await task.ended).stopReason).toBe('Stop Reason FULL_LOAD_ONLY_FINISHED')
    expect(state(task, 'a')).toMatchObject({ ValidationState: 'Validated' })
    await databases.close()
  })
})
