import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TableFault, TaskFault } from '../emulator/replication/replication-job.ts'
import { drained, exceptions, flowing, MARKER, table, pairRunner } from './emulator-replication-check.ts'
import {
  content,
  openServerPair,
  SELECT_ALL,
  startTask,
  until,
  untilEqual,
  type ServerPair,
} from './emulator-replication-pair.ts'

let pair: ServerPair
const withPair = pairRunner(() => pair)

beforeAll(async () => {
  pair = await openServerPair('row-mover-task')
})
afterAll(() => pair.close())

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

  test('knows its start position from the first checkpoint on, with nothing on the target yet', async () => {
    await withPair({ both: 'CREATE TABLE shop.log (n integer);' }, async (databases) => {
      await databases.source.query(`SELECT pg_create_logical_replication_slot('early_slot', 'test_decoding')`)
      await databases.source.query('INSERT INTO shop.log VALUES (1)')
      const { rows } = await databases.source.query<{ lsn: string }>(
        'SELECT pg_current_wal_lsn()::text AS lsn',
      )
      await databases.source.query('INSERT INTO shop.log VALUES (2)')
      const job = {
        migrationType: 'cdc',
        source: { ...databases.address('source'), slotName: 'early_slot' },
      } as const
      const held = Promise.withResolvers<void>()
      const killed = startTask(databases, {
        job: { ...job, cdcStartPosition: rows[0]?.lsn ?? '', fault: () => held.promise },
      })
      const checkpoint = await until(
        () => killed.checkpoint(),
        (known) => known !== undefined,
      )
      await killed.replication.stop()
      held.resolve()
      expect(checkpoint?.confirmedLsn).toBe(rows[0]?.lsn)
      await databases.target.query('DELETE FROM awsdms_emulator_position')
      const resumed = startTask(databases, {
        job: { ...job, startType: 'resume-processing', checkpoint: checkpoint! },
      })
      await until(
        () => table(resumed, 'log')?.AppliedInserts,
        (applied) => applied === 1,
      )
      expect(await content(databases.target, 'shop.log')).toEqual(['(2)'])
      expect(table(resumed, 'log')).toMatchObject({ Inserts: 1 })
      await resumed.replication.stop()
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

  test('applies what was cached for the last table, which ends its load while others are applied', async () => {
    const both = 'CREATE TABLE shop.a (id bigint PRIMARY KEY); CREATE TABLE shop.z (id bigint PRIMARY KEY);'
    await withPair({ both: `${MARKER} ${both}` }, async (databases) => {
      const [lateLoad, applied] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      let [loading, applying] = [false, false]
      await databases.source.query('INSERT INTO shop.z VALUES (0)')
      const task = startTask(databases, {
        job: {
          async fault(point, detail) {
            if (point === 'full-load:rows' && detail === 'shop.z') {
              loading = true
              await lateLoad.promise
            }
            if (point === 'cdc:apply') {
              applying = true
              await applied.promise
            }
          },
        },
      })
      await until(
        () => loading && table(task, 'a')?.TableState === 'Table completed',
        (now) => now,
      )
      // Both are cached: z still loads, a's waits to be applied.
      await databases.source.query('INSERT INTO shop.z VALUES (1); INSERT INTO shop.a VALUES (1)')
      await until(
        () => applying,
        (now) => now,
      )
      lateLoad.resolve()
      await until(
        () => table(task, 'z')?.TableState,
        (state) => state === 'Table completed',
      )
      applied.resolve()
      await untilEqual(databases, 'shop.a')
      await untilEqual(databases, 'shop.z')
      expect(await content(databases.target, 'shop.z')).toHaveLength(2)
      await task.replication.stop()
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
