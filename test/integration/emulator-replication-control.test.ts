import { array, jsonValue, option, sample, string, tuple, uint8Array } from 'fast-check'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drained, exceptions, flowing, MARKER, table, pairRunner } from './emulator-replication-check.ts'
import {
  content,
  openServerPair,
  startTask,
  until,
  untilEqual,
  type ServerPair,
} from './emulator-replication-pair.ts'

let pair: ServerPair
const withPair = pairRunner(() => pair)

beforeAll(async () => {
  pair = await openServerPair('row-mover-control')
})
afterAll(() => pair.close())

describe('around the rows', () => {
  test('test_decoding lines say of any row what the catalogue says', async () => {
    const both = `${MARKER} CREATE TABLE shop."Odd [] "" name: x" (id integer PRIMARY KEY, "a[b]:c" text, "new-tuple" text[], j jsonb, y bytea, "select" varchar(300));`
    await withPair({ both }, async (databases) => {
      const task = await flowing(databases)
      const text = string({ unit: 'grapheme-composite', maxLength: 40 }).map((value) =>
        value.replaceAll('\0', ''),
      )
      const rows = sample(tuple(text, array(option(text)), jsonValue(), uint8Array(), text), {
        numRuns: 150,
        seed: 20_261_120,
      })
      const insert = 'INSERT INTO shop."Odd [] "" name: x" VALUES ($1, $2, $3, $4, $5, $6)'
      for (const [index, [a, list, json, bytes, last]] of rows.entries()) {
        const jsonText = JSON.stringify(json).replaceAll(String.raw`\u0000`, '')
        await databases.source.query(insert, [index, a, list, jsonText, Buffer.from(bytes), last])
        if (index % 3 === 0)
          await databases.source.query('UPDATE shop."Odd [] "" name: x" SET "a[b]:c" = $1 WHERE id = $2', [
            last,
            index,
          ])
      }
      await drained(databases)
      expect(await exceptions(databases)).toEqual([])
      await untilEqual(databases, 'shop."Odd [] "" name: x"')
      await task.replication.stop()
    })
  })

  test('a heartbeat moves the slot of an idle source; status, history and recovery tables are kept', async () => {
    await withPair(
      { both: MARKER, source: 'GRANT CREATE ON SCHEMA public TO dms_source' },
      async (databases) => {
        const source = {
          ...databases.address('source'),
          heartbeat: { schema: 'public', frequencyMinutes: 5 },
        }
        const settings = {
          ControlTablesSettings: {
            StatusTableEnabled: true,
            HistoryTableEnabled: true,
            ControlSchema: 'dms_control',
          },
          TargetMetadata: { TaskRecoveryTableEnabled: true },
        }
        const task = await flowing(databases, { job: { source }, settings })
        await until(
          () => content(databases.source, 'public.awsdms_heartbeat'),
          (rows) => rows.length === 1,
        )
        await drained(databases)
        await until(
          async () =>
            (await databases.target.query('SELECT task_name, task_status FROM dms_control.awsdms_status'))
              .rows,
          (rows) => JSON.stringify(rows) === '[{"task_name":"TESTTASK","task_status":"CHANGE PROCESSING"}]',
        )
        expect(await content(databases.target, 'dms_control.awsdms_history')).not.toEqual([])
        await until(
          () => content(databases.target, 'dms_control.awsdms_txn_state'),
          (rows) => rows.length === 1,
        )
        await task.replication.stop()
        const { rows } = await databases.target.query('SELECT task_status FROM dms_control.awsdms_status')
        expect(rows).toEqual([{ task_status: 'NOT RUNNING' }])
      },
    )
  })

  test('stops by itself at a commit time', async () => {
    await withPair({ both: MARKER }, async (databases) => {
      const at = Math.ceil(Date.now() / 1000) + 1
      const cdcStopPosition = `commit_time:${new Date(at * 1000).toISOString().slice(0, 19)}`
      const task = await flowing(databases, { job: { cdcStopPosition } })
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      await sleep(at * 1000 - Date.now() + 10)
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      expect((await task.ended).stopReason).toBe('Stop Reason STOPPED_AT_COMMIT_TIME')
      expect(await content(databases.target, 'shop.marker')).toEqual(['(1)'])
    })
  })

  test('with the look-up on, a LOB shows what the source holds later', async () => {
    await withPair(
      { both: `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY, t text);` },
      async (databases) => {
        const task = await flowing(databases, {
          quirks: { 'lob-lookup': true },
          job: { replicationDelayMs: () => 300 },
        })
        await databases.source.query(`INSERT INTO shop.a VALUES (1, 'first'), (2, 'first')`)
        await sleep(100)
        await databases.source.query(
          `UPDATE shop.a SET t = 'later' WHERE id = 1; DELETE FROM shop.a WHERE id = 2`,
        )
        const rows = await until(
          () => content(databases.target, 'shop.a'),
          (all) => all.length === 2,
        )
        expect(rows).toEqual(['(1,later)', '(2,)'])
        await task.replication.stop()
      },
    )
  })

  test('validation only looks and moves nothing', async () => {
    await withPair({ both: MARKER }, async (databases) => {
      await databases.source.query('INSERT INTO shop.marker DEFAULT VALUES')
      const settings = { ValidationSettings: { EnableValidation: true, ValidationOnly: true } }
      const task = startTask(databases, { settings, job: { migrationType: 'full-load' } })
      await task.ended
      expect(await content(databases.target, 'shop.marker')).toEqual([])
      expect(table(task, 'marker')).toMatchObject({
        ValidationFailedRecords: 1,
        ValidationState: 'Mismatched records',
      })
    })
  })

  test('two tasks share a source, a target and the control tables', async () => {
    const both = `${MARKER} CREATE TABLE shop.a (id bigint PRIMARY KEY);`
    await withPair({ both }, async (databases) => {
      await databases.source.query('INSERT INTO shop.a SELECT generate_series(1, 100)')
      const only = (name: string): object => ({
        rules: [
          {
            'rule-type': 'selection',
            'rule-id': '1',
            'object-locator': { 'schema-name': 'shop', 'table-name': name },
            'rule-action': 'explicit',
          },
        ],
      })
      const [first, second] = await Promise.all([
        flowing(databases, { job: { externalId: 'TASK', tableMappings: only('a') } }),
        flowing(databases, { job: { externalId: 'TASK-2', tableMappings: only('marker') } }),
      ])
      await databases.source.query('INSERT INTO shop.a VALUES (101)')
      await drained(databases)
      await untilEqual(databases, 'shop.a')
      await first.replication.stop()
      await drained(databases)
      expect(table(second, 'marker')).toMatchObject({ Inserts: 2, AppliedInserts: 2 })
      expect(second.log.filter((line) => line.message.startsWith('Recoverable'))).toEqual([])
      await second.replication.stop()
    })
  })
})
