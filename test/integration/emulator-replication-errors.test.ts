import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TableFault } from '../emulator/replication/replication-job.ts'
import { drained, exceptions, flowing, MARKER, pairRunner, table } from './emulator-replication-check.ts'
import {
  content,
  openClient,
  openServerPair,
  startTask,
  until,
  untilEqual,
  type ServerPair,
} from './emulator-replication-pair.ts'

let pair: ServerPair
const withPair = pairRunner(() => pair)

beforeAll(async () => {
  pair = await openServerPair('row-mover-errors')
})
afterAll(() => pair.close())

const A = 'CREATE TABLE shop.a (id bigint PRIMARY KEY, v integer);'

describe('errors that escalate', () => {
  test('apply errors: logged until their count, then the table is suspended', async () => {
    await withPair({ both: `${MARKER} ${A}` }, async (databases) => {
      const task = await flowing(databases, {
        settings: {
          ErrorBehavior: { ApplyErrorEscalationPolicy: 'SUSPEND_TABLE', ApplyErrorEscalationCount: 3 },
        },
      })
      await databases.target.query('INSERT INTO shop.a SELECT i, -1 FROM generate_series(1, 10) i')
      for (const id of [1, 2]) await databases.source.query('INSERT INTO shop.a VALUES ($1, 0)', [id])
      await drained(databases)
      expect(table(task, 'a')?.TableState).toBe('Table completed')
      expect(await exceptions(databases)).toHaveLength(2)
      await databases.source.query('INSERT INTO shop.a VALUES (3, 0)')
      await until(
        () => table(task, 'a')?.TableState,
        (state) => state === 'Table error',
      )
      await databases.source.query('INSERT INTO shop.a VALUES (20, 0)')
      await drained(databases)
      expect(await content(databases.target, 'shop.a')).toHaveLength(10)
      await task.replication.stop()
    })
  })

  test('data errors: the task stops at their count where told so', async () => {
    const source = 'CREATE TABLE shop.a (id bigint PRIMARY KEY, v integer);'
    const target = 'CREATE TABLE shop.a (id bigint PRIMARY KEY, v integer CHECK (v < 10));'
    await withPair({ both: MARKER, source, target }, async (databases) => {
      const task = await flowing(databases, {
        settings: {
          ErrorBehavior: { DataErrorEscalationPolicy: 'STOP_TASK', DataErrorEscalationCount: 2 },
        },
      })
      await databases.source.query('INSERT INTO shop.a VALUES (1, 100)')
      await drained(databases)
      await databases.source.query('INSERT INTO shop.a VALUES (2, 100)')
      expect((await task.ended).lastFailureMessage).toMatch(/Table 'shop.a': .*SqlState: 23514/)
    })
  })

  test('tables in error: the task stops at their count', async () => {
    await withPair({ both: `${MARKER} ${A} CREATE TABLE shop.b (id integer);` }, async (databases) => {
      const task = startTask(databases, {
        settings: { ErrorBehavior: { TableErrorEscalationCount: 2 } },
        job: {
          async fault(point, detail) {
            if (point === 'full-load:table' && detail !== 'shop.marker') throw new TableFault('injected')
          },
        },
      })
      expect((await task.ended).lastFailureMessage).toContain('2 tables are in error')
    })
  })
})

describe('a transaction that is open when the task starts', () => {
  test('is missed after TransactionConsistencyTimeout, and what comes later is not', async () => {
    await withPair({ both: `${MARKER} ${A}` }, async (databases) => {
      const other = await openClient(pair.source, databases.database)
      await databases.source.query('INSERT INTO shop.a VALUES (1, 1)')
      await other.query('BEGIN; INSERT INTO shop.a VALUES (2, 2)')
      const task = startTask(databases, {
        settings: { FullLoadSettings: { TransactionConsistencyTimeout: 1 } },
      })
      await until(
        () => table(task, 'a')?.TableState,
        (state) => state === 'Table completed',
      )
      expect(await content(databases.target, 'shop.a')).toEqual(['(1,1)'])
      await other.query('COMMIT')
      await until(
        async () =>
          (
            await databases.source.query(
              'SELECT FROM pg_replication_slots WHERE database = current_database() AND active',
            )
          ).rowCount,
        (slots) => slots === 1,
      )
      await databases.source.query('INSERT INTO shop.a VALUES (3, 3)')
      await drained(databases)
      expect(await content(databases.target, 'shop.a')).toEqual(['(1,1)', '(3,3)'])
      expect(task.log.map(({ message }) => message).join()).toContain('Transaction consistency timeout')
      await task.replication.stop()
      await other.end()
    })
  })

  test('is waited for where the emulator is told so, or within the timeout', async () => {
    await withPair({ both: `${MARKER} ${A}` }, async (databases) => {
      const other = await openClient(pair.source, databases.database)
      await other.query('BEGIN; INSERT INTO shop.a VALUES (2, 2)')
      const task = startTask(databases, {
        quirks: { 'open-transactions-missed': false },
        settings: { FullLoadSettings: { TransactionConsistencyTimeout: 1 } },
      })
      await sleep(1500)
      expect(table(task, 'a')?.TableState).not.toBe('Table completed')
      await other.query('COMMIT')
      await untilEqual(databases, 'shop.a')
      await task.replication.stop()
      await other.end()
    })
  })

  test('fails the task with FailOnTransactionConsistencyBreached', async () => {
    await withPair({ both: `${MARKER} ${A}` }, async (databases) => {
      const other = await openClient(pair.source, databases.database)
      await other.query('BEGIN; INSERT INTO shop.a VALUES (2, 2)')
      const task = startTask(databases, {
        settings: {
          FullLoadSettings: { TransactionConsistencyTimeout: 1 },
          ErrorBehavior: { FailOnTransactionConsistencyBreached: true },
        },
      })
      expect((await task.ended).lastFailureMessage).toContain('Transactions were still open after 1 seconds')
      await other.query('COMMIT')
      await other.end()
    })
  })
})
