import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { madeTasks, type MadeTasks } from './made-tasks.ts'
import { openMigrationStack, type MigrationStack, type SourceActionOptions } from './migration-stack.ts'

let stack: MigrationStack
let tasks: MadeTasks
let digest = ''

beforeAll(async () => {
  stack = await openMigrationStack('wait-full-load-faults', {
    rds: ({ source }) => ({
      instances: [
        {
          identifier: 'shop-source',
          address: source.host,
          port: source.port,
          engineVersion: '15.18',
          metrics: { FreeStorageSpace: 1_500_000_000 },
        },
      ],
      clusters: [],
    }),
  })
  for (const side of ['source', 'target'] as const) {
    await stack.pair.sql(side, 'create schema tiny')
    await stack.pair.sql(side, 'create table tiny.one (id int)')
    await stack.pair.sql(side, `grant usage on schema tiny to dms_${side}`)
    await stack.pair.sql(side, `grant all on tiny.one to dms_${side}`)
  }
  await stack.pair.sql('source', 'insert into tiny.one values (1), (2)')
  const topic = 'arn:aws:sns:eu-west-1:123456789012:not-there'
  await stack.rewrite(`empty-target: truncate\nnotify:\n  - { sns: '${topic}', on: [trouble] }\n`, (text) =>
    text
      .replace('source: { secret: shop/source,', 'source: { secret: shop/source, rds-instance: shop-source,')
      .replace('ssl-mode: none', 'ssl-mode: none\n  validation: false'),
  )
  digest = await stack.digest()
  tasks = madeTasks(stack)
})
afterAll(async () => {
  tasks.close()
  await stack.close()
})

const create = () => stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
const wait = (options: SourceActionOptions = {}, inputs: Readonly<Record<string, string>> = {}) =>
  stack.run(
    'wait-full-load',
    { migration: stack.file, 'plan-digest': digest, 'max-wait': '24h', ...inputs },
    options,
  )
const hold = () =>
  stack.emulator.addFault({
    operation: 'full-load:table',
    match: 'shop.orders',
    effect: { kind: 'hold' },
  })
/** Hours that a line of progress says have passed. */
const hoursOf = (line: string) => Number(/^full-load .* elapsed (\d+)h/u.exec(line)?.[1] ?? 0)
/** Calls to AWS, other than those of this test, by operation. */
const callsOf = async (...operations: string[]) =>
  (await stack.emulator.calls()).filter(({ operation }) => operations.includes(operation))

/** Hours of waiting pass in seconds. */
const hurry = 8000

describe('a wait of six hours', { timeout: 120_000 }, () => {
  let started = 0
  /** Hours that the runs so far have waited, each rounded up. */
  let hours = 0
  const count = (log: string) => {
    hours += Math.max(0, ...log.split('\n').map(hoursOf)) + 1
  }

  test('its runner dies after two of them: what it said last is there, and what runs out', async () => {
    await hold()
    await create()
    started = (await callsOf('StartReplicationTask')).length
    const kill = new AbortController()
    let busy = false
    let warned = false
    let linesSince = 0
    const result = await wait({
      hurry,
      kill: kill.signal,
      onLine: (line) => {
        warned ||= line.startsWith('::warning::')
        if (warned && hoursOf(line) >= 2) linesSince += 1
        if (linesSince > 3) kill.abort()
        if (busy) return
        busy = true
        void stack.pair
          .sql('source', "select pg_logical_emit_message(false, 'ballast', repeat('x', 1000000))")
          .finally(() => (busy = false))
      },
    })
    count(result.log)
    expect(result.exitCode).toBeNull()
    expect(result.summary).toMatch(/^## ⏳ wait-full-load: the full load goes on: 29 of 30 tables/u)
    expect(result.summary).toContain('Where this is the last that it said, its runner died')
    const warnings = result.log.split('\n').filter((line) => line.startsWith('::warning::the WAL that'))
    expect(warnings.join('\n')).toMatch(/the WAL that the slot \w+ keeps runs out in \d+ minutes/u)
    expect(warnings.join('\n')).toContain('Give the source more storage')
    // Once for each severity, however often it was seen.
    expect(warnings.length).toBeLessThanOrEqual(2)
    expect(result.summary).toMatch(/(?:🔴|🟡) \*\*the WAL that the slot/u)
    // Somebody is told while the wait goes on; that there is no such topic delays nothing.
    expect(JSON.stringify(await callsOf('Publish'))).toContain('keeps runs out in')
  })

  test('the next one dies too, without metrics, and with a third of its calls throttled', async () => {
    await stack.emulator.addFault({ effect: { kind: 'throttle', ratio: 0.33 } })
    await stack.emulator.addFault({
      operation: 'GetMetricData',
      effect: { kind: 'error', name: 'AccessDenied', message: 'not authorized: cloudwatch:GetMetricData' },
    })
    const kill = new AbortController()
    const lines: string[] = []
    const result = await wait({
      hurry,
      kill: kill.signal,
      onLine: (line) => {
        lines.push(line)
        if (hoursOf(line) >= 2) kill.abort()
      },
    })
    count(result.log)
    expect(result.exitCode).toBeNull()
    // It knew where the load was from its first look on.
    expect(lines.find((line) => line.startsWith('full-load'))).toMatch(
      /^full-load 29\/30 tables {2}rows [1-9]/u,
    )
    expect(lines.filter((line) => line.startsWith('What the tasks run on, in CloudWatch'))).toEqual([
      expect.stringContaining('Allow cloudwatch:GetMetricData'),
    ])
  })

  test('the credentials of the third end: it ends well, says so, and harms nothing', async () => {
    let expired = false
    const result = await wait({
      hurry,
      onLine: (line) => {
        if (hoursOf(line) < 2 || expired) return
        expired = true
        void stack.emulator.addFault({
          operation: 'DescribeReplicationTasks',
          effect: {
            kind: 'error',
            name: 'ExpiredTokenException',
            message: 'The security token included in the request is expired',
          },
        })
      },
    })
    count(result.log)
    expect(expired).toBe(true)
    expect(result.exitCode).toBe(0)
    expect(result.outputs['state']).toBe('still-running')
    expect(result.summary).toContain('the credentials of this job ended before the wait did: 29 of 30 tables')
    expect(result.summary).toContain('Raise `role-duration-seconds`')
    expect(result.log).toMatch(/^::warning::the AWS credentials of this job have expired/mu)
  })

  test('credentials that were no good from the start are a failure', async () => {
    const result = await wait({ hurry })
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('credentials of this job have expired')
  })

  test('the fourth run sees the load through; the database restarts while the target is finished', async () => {
    await stack.emulator.clearFaults()
    let restarted: Promise<void> | undefined
    const result = await wait({
      onLine: (line) => {
        if (line.includes('vacuum and analyze')) restarted ??= stack.pair.target.restart('fast')
      },
    })
    await restarted
    expect(restarted).toBeDefined()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toMatch(/\*\*What to do:\*\* .*[Rr]un/u)
    const again = await wait()
    expect(again.exitCode).toBe(0)
    expect(again.outputs['state']).toBe('loaded')
    expect(again.summary).toContain('vacuum and analyze')
    // Nothing was begun anew by any of them.
    expect(await callsOf('StartReplicationTask')).toHaveLength(started)
  })

  test('the hours of all runs took no more calls than the budget of each', async () => {
    const calls = await callsOf('DescribeReplicationTasks', 'DescribeTableStatistics', 'GetMetricData')
    expect(hours).toBeGreaterThanOrEqual(9)
    expect(calls.length).toBeLessThan(1000 * hours + 6 * 200)
  })
})

describe('tasks that were made elsewhere', { timeout: 60_000 }, () => {
  const alone = (arns: readonly string[], options: SourceActionOptions = {}, maxWait = '60s') =>
    wait(options, {
      migration: '',
      'plan-digest': '',
      'task-arns': arns.join(' '),
      'max-wait': maxWait,
    })

  test('one whose load takes 200 ms: over before the first look, and another one right after it', async () => {
    // The machine may be busy: one of a few is as quick as that.
    let [early, took] = ['', Number.POSITIVE_INFINITY]
    for (let index = 1; index <= 5 && took > 200; index += 1) {
      early = await tasks.make(`tiny-early-${index}`, 'tiny')
      await tasks.start(early)
      took = await tasks.loaded(early)
    }
    expect(took).toBeLessThanOrEqual(200)
    const late = await tasks.make('tiny-late', 'tiny')
    let lines = 0
    const result = await alone([early, late], {
      onLine: (line) => {
        if (!line.startsWith('full-load ')) return
        lines += 1
        if (lines === 1) void tasks.start(late)
      },
    })
    expect(result.exitCode, result.log).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'loaded', tables: '2', rows: '4' })
    expect(result.log).toMatch(/^full-load 1\/1 tables/mu)
    expect(result.summary).toMatch(/tiny-early-\d \| stopped \(finished\) \| 1 of 1 \| 2 \|/u)
    expect(result.summary).toContain('tiny-late | stopped (finished) | 1 of 1 | 2 |')
    expect(result.summary).toContain('**Next:** wait-cdc-sync.')
  })

  test('one that fails after 30 seconds: with DMS’s message and the way out', async () => {
    const point = { match: 'tiny.one' }
    await stack.emulator.addFault({ ...point, operation: 'full-load:table', effect: { kind: 'hold' } })
    await stack.emulator.addFault({
      ...point,
      operation: 'full-load:rows',
      effect: { kind: 'fail-task', message: 'the disk of the instance is gone' },
    })
    const arn = await tasks.make('tiny-fails', 'tiny')
    await tasks.start(arn)
    const result = await alone(
      [arn],
      {
        hurry: 100,
        onLine: (line) => {
          if (/elapsed (?:[3-9]\d\.\d|\d+m)/u.test(line)) void stack.emulator.clearFaults('full-load:table')
        },
      },
      '6h',
    )
    await stack.emulator.clearFaults()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the disk of the instance is gone')
    expect(result.summary).toMatch(/then delete the task \(aws dms delete-replication-task/u)
  })

  test('one that stops by itself: why, and what to do against it', async () => {
    await stack.emulator.addFault({
      operation: 'full-load:rows',
      match: 'tiny.one',
      effect: { kind: 'stop-task', reason: 'Stop Reason STOPPED_DUE_TO_LOW_DISK' },
    })
    const arn = await tasks.make('tiny-stops', 'tiny')
    await tasks.start(arn)
    const result = await alone([arn])
    await stack.emulator.clearFaults()
    expect(result.exitCode).toBe(1)
    expect(result.summary).toMatch(/stopped by itself before its load was complete: .*LOW_DISK/u)
    expect(result.summary).toContain('Give the replication instance more storage')
  })

  test('3,000 tables are read page by page, and an hour of that takes no more than 1,200 calls', async () => {
    await stack.pair.sql(
      'source',
      `do $$ begin
         create schema many; grant usage on schema many to dms_source;
         for i in 1..3000 loop execute format('create table many.t%s (id int primary key)', i); end loop;
         grant select on all tables in schema many to dms_source;
       end $$`,
    )
    await stack.emulator.addFault({ operation: 'full-load:table', match: 'many.', effect: { kind: 'hold' } })
    const arn = await tasks.make('many', 'many')
    await tasks.start(arn)
    const before = (await stack.emulator.calls()).length
    const result = await alone([arn], { hurry: 2400 }, '1h')
    const calls = (await stack.emulator.calls()).slice(before)
    expect(result.exitCode, result.log).toBe(0)
    expect(result.log).toContain('full-load 0/3000 tables')
    expect(result.outputs['state']).toBe('still-running')
    const pages = calls.filter(({ operation }) => operation === 'DescribeTableStatistics')
    expect(pages.length).toBeGreaterThanOrEqual(6)
    expect(pages.some(({ request }) => JSON.stringify(request).includes('"Marker"'))).toBe(true)
    expect(calls.length).toBeLessThanOrEqual(1200)
    await tasks.stop(arn)
    await stack.emulator.clearFaults()
  })
})
