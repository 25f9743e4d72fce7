import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  dropOwnedSlot,
  type Checkpoint,
  type ReplicationJob,
} from '../emulator/replication/replication-job.ts'
import {
  content,
  createDatabasePair,
  openClient,
  openServerPair,
  startTask,
  until,
  untilEqual,
  type DatabasePair,
  type ServerPair,
} from './emulator-replication-pair.ts'

let pair: ServerPair

beforeAll(async () => {
  pair = await openServerPair('row-mover-recovery')
})
afterAll(() => pair.close())

const SCHEMA = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.orders (id bigint PRIMARY KEY, total bigint NOT NULL, note text);
  CREATE TABLE shop.log (what text NOT NULL);
`

async function sessionsOf(databases: DatabasePair, side: 'source' | 'target'): Promise<number> {
  const { rows } = await databases[side].query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'dms_${side}' AND datname = current_database()`,
  )
  return rows[0]?.n ?? -1
}

/** Writes ten rows a round, a round a transaction, until told to stop. */
function startWriter(databases: DatabasePair): { stop(): Promise<void> } {
  const state = { stopping: false }
  const writing = (async () => {
    for (let round = 1; !state.stopping; round += 1) {
      await databases.source.query(`BEGIN;
        INSERT INTO shop.orders SELECT ${round * 100} + i, 0, 'round ${round}' FROM generate_series(1, 5) i;
        UPDATE shop.orders SET total = total + 1 WHERE id = ${round * 100 - 99};
        INSERT INTO shop.log SELECT 'round ${round} line ' || i FROM generate_series(1, 4) i;
        COMMIT`)
      await sleep(1)
    }
  })()
  return {
    async stop() {
      state.stopping = true
      await writing
    },
  }
}

/** Runs the job in its own process, kills it after a while, returns the last checkpoint. */
async function runAndKill(job: ReplicationJob, ms: number): Promise<Checkpoint | undefined> {
  const script = new URL('./emulator-replication-child.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, JSON.stringify(job), '50'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await until(() => output.includes('\n'), Boolean)
  await sleep(ms)
  child.kill('SIGKILL')
  await once(child, 'close')
  const last = output.split('\n').findLast((line) => line.endsWith('}'))
  return last === undefined ? undefined : (JSON.parse(last) as Checkpoint)
}

describe('a task that is interrupted', () => {
  test('killed again and again under writes, it loses nothing and doubles nothing', async () => {
    const databases = await createDatabasePair(pair, 'killed', { both: SCHEMA })
    await databases.source.query(
      `INSERT INTO shop.orders SELECT -i, 0, repeat('x', 100) FROM generate_series(1, 50000) i`,
    )
    await databases.source.query(`INSERT INTO shop.log SELECT 'first ' || i FROM generate_series(1, 50000) i`)
    const template = startTask(databases)
    await template.replication.stop()
    await dropOwnedSlot({ source: template.job.source, checkpoint: template.checkpoint()! })
    const writer = startWriter(databases)
    let checkpoint: Checkpoint | undefined
    for (const ms of [30, 60, 300, 200, 250]) {
      checkpoint = await runAndKill(
        {
          ...template.job,
          externalId: 'KILLED',
          ...(checkpoint === undefined ? {} : { checkpoint, startType: 'resume-processing' }),
        },
        ms,
      )
    }
    const task = startTask(databases, {
      job: { externalId: 'KILLED', startType: 'resume-processing', checkpoint: checkpoint! },
    })
    await sleep(100)
    await writer.stop()
    await untilEqual(databases, 'shop.orders')
    await untilEqual(databases, 'shop.log')
    expect(await content(databases.target, 'public.awsdms_apply_exceptions')).toEqual([])
    for (const record of await until(
      () => task.replication.statistics(),
      (all) => all.every((one) => one.Inserts === one.AppliedInserts),
    ))
      expect(record).toMatchObject({ AppliedUpdates: record.Updates, TableState: 'Table completed' })
    await task.replication.stop()
    await databases.close()
  })

  test('stopped, it leaves no session and a free slot, and resumes where it was', async () => {
    const databases = await createDatabasePair(pair, 'stopped', { both: SCHEMA })
    const task = startTask(databases)
    await until(() => task.checkpoint()?.cachedChangesApplied, Boolean)
    await databases.source.query(
      `INSERT INTO shop.orders VALUES (1, 1, 'a'); INSERT INTO shop.log VALUES ('a')`,
    )
    await untilEqual(databases, 'shop.log')
    const begun = Date.now()
    await task.replication.stop()
    expect(Date.now() - begun).toBeLessThan(1500)
    expect(await sessionsOf(databases, 'source')).toBe(0)
    expect(await sessionsOf(databases, 'target')).toBe(0)
    const { rows } = await databases.source.query(
      `SELECT slot_name, active FROM pg_replication_slots WHERE database = 'stopped'`,
    )
    expect(rows).toEqual([
      { slot_name: expect.stringMatching(/^testtask_\d{8}_[0-9a-f_]{36}$/), active: false },
    ])
    await databases.source.query(
      `INSERT INTO shop.orders VALUES (2, 1, 'b'); INSERT INTO shop.log VALUES ('b')`,
    )
    const resumed = startTask(databases, {
      job: { startType: 'resume-processing', checkpoint: task.checkpoint()! },
    })
    await untilEqual(databases, 'shop.log')
    await untilEqual(databases, 'shop.orders')
    const log = resumed.replication.statistics().find((record) => record.TableName === 'log')
    expect(log).toMatchObject({ Inserts: 2, AppliedInserts: 2 })
    await resumed.replication.stop()
    await dropOwnedSlot({ source: resumed.job.source, checkpoint: resumed.checkpoint()! })
    const { rowCount } = await databases.source.query(
      `SELECT FROM pg_replication_slots WHERE database = 'stopped'`,
    )
    expect(rowCount).toBe(0)
    await databases.close()
  })

  test('it recovers by itself when its sessions are ended or the target crashes', async () => {
    let databases = await createDatabasePair(pair, 'cut', { both: SCHEMA })
    const task = startTask(databases)
    const writer = startWriter(databases)
    await until(
      () => content(databases.target, 'shop.log'),
      (rows) => rows.length > 20,
    )
    await databases.target.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dms_target'`,
    )
    await sleep(200)
    await databases.source.query(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active`,
    )
    await sleep(200)
    await pair.target.kill()
    await sleep(100)
    await pair.target.start()
    databases = { ...databases, target: await openClient(pair.target, 'cut') }
    await writer.stop()
    await untilEqual(databases, 'shop.orders')
    await untilEqual(databases, 'shop.log')
    expect(await content(databases.target, 'public.awsdms_apply_exceptions')).toEqual([])
    expect(task.log.filter((line) => line.message.startsWith('Recoverable')).length).toBeGreaterThan(0)
    await task.replication.stop()
    await databases.close()
  })

  test('a target that crashes in the middle of a load gets every row once', async () => {
    const databases = await createDatabasePair(pair, 'crash', { both: SCHEMA })
    await databases.source.query(
      `INSERT INTO shop.log SELECT 'first ' || i FROM generate_series(1, 200000) i`,
    )
    const crash = { begun: false }
    const task = startTask(databases, {
      job: {
        async fault(point, detail) {
          if (point !== 'full-load:rows' || detail !== 'shop.log' || crash.begun) return
          crash.begun = true
          await pair.target.kill()
          await pair.target.start()
        },
      },
    })
    await until(() => task.checkpoint()?.cachedChangesApplied, Boolean)
    const { rows } = await (
      await openClient(pair.target, 'crash')
    ).query('SELECT count(*)::int AS n FROM shop.log')
    expect(rows).toEqual([{ n: 200_000 }])
    expect(crash.begun).toBe(true)
    await task.replication.stop()
    await databases.source.end()
  })

  test('a source that is shut down does not wait for an idle task', async () => {
    const databases = await createDatabasePair(pair, 'idle', { both: SCHEMA })
    const task = startTask(databases)
    await until(() => task.checkpoint()?.cachedChangesApplied, Boolean)
    await databases.source.query(`CREATE TABLE public.other (i integer); INSERT INTO public.other VALUES (1)`)
    await databases.source.end()
    const begun = Date.now()
    await pair.source.stop('fast')
    expect(Date.now() - begun).toBeLessThan(5000)
    await task.replication.stop()
    expect(await task.ended).toMatchObject({ status: 'stopped' })
    await pair.source.start()
    await databases.target.end()
  })
})
