import { describe, expect, test } from 'vitest'
import { parseTask } from '../../shared/dms/replication-task.ts'
import { parseTableStatistic } from '../../shared/dms/table-statistic.ts'
import { taskState } from '../../shared/dms/task-state.ts'
import type { TaskSight } from '../../shared/waiting/task-sight.ts'
import { assessLoad, type Expectation } from './assess.ts'

const arn = (kind: string) => `arn:aws:dms:eu-west-1:123456789012:${kind}:ABC`

interface Facts {
  status?: string
  stopReason?: string
  type?: 'full-load' | 'full-load-and-cdc' | 'cdc'
  finished?: boolean
  counts?: { TablesLoading?: number; TablesQueued?: number; TablesErrored?: number; TablesLoaded?: number }
  tables?: Record<string, string>
}

function sight(facts: Facts): TaskSight {
  const task = parseTask({
    ReplicationTaskIdentifier: 'shop-1',
    ReplicationTaskArn: arn('task'),
    ReplicationInstanceArn: arn('rep'),
    SourceEndpointArn: arn('endpoint'),
    TargetEndpointArn: arn('endpoint'),
    Status: facts.status ?? 'running',
    MigrationType: facts.type ?? 'full-load-and-cdc',
    StopReason: facts.stopReason,
    ReplicationTaskStats: {
      FullLoadProgressPercent: 100,
      ...facts.counts,
      ...(facts.finished === true ? { FullLoadFinishDate: new Date(0) } : {}),
    },
  })
  const tables = Object.entries(facts.tables ?? {}).map(([name, TableState]) =>
    parseTableStatistic({ SchemaName: 'shop', TableName: name, TableState }),
  )
  return { task, state: taskState(task), tables }
}

const planned: Expectation = {
  planned: new Map([
    [
      'shop-1',
      [
        { schema: 'shop', table: 'a' },
        { schema: 'shop', table: 'b' },
      ],
    ],
  ]),
  instances: new Map([[arn('rep'), 'mover']]),
}
const assess = (facts: Facts, expectation = planned) => assessLoad([sight(facts)], expectation)
const both = { a: 'Table completed', b: 'Table completed' }

describe('loaded', () => {
  test.each<[string, Facts]>([
    ['a running task with every table completed', { finished: true, tables: both }],
    [
      'a full-load task that finished before the first look',
      {
        status: 'stopped',
        stopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED',
        type: 'full-load',
        tables: both,
      },
    ],
    [
      'a full-load task that stopped without a word, all tables completed',
      { status: 'stopped', stopReason: 'Stop Reason NORMAL', type: 'full-load', tables: both },
    ],
    [
      'a task that its settings stop after the load',
      { status: 'stopped', stopReason: 'Stop Reason STOPPED_AFTER_CACHED_EVENTS', tables: both },
    ],
    ['a task that carries changes only', { type: 'cdc' }],
  ])('%s', (_, facts) => {
    expect(assess(facts, facts.type === 'cdc' ? { ...planned, planned: undefined } : planned)).toEqual({
      kind: 'loaded',
    })
  })
})

describe('still loading', () => {
  test.each<[string, Facts, string]>([
    ['percent 100, but a table loads', { tables: { ...both, b: 'Full load' } }, '1 of 2 tables loaded'],
    ['all listed completed, one of the plan not listed yet', { tables: { a: 'Table completed' } }, '1 of 2'],
    [
      'tables completed, but DMS counts one as queued',
      { tables: both, counts: { TablesQueued: 1 } },
      '2 of 2',
    ],
    ['starting', { status: 'starting' }, 'shop-1 is starting'],
    ['never started', { status: 'ready' }, 'has not been started'],
    ['a status that is not known', { status: 'hovering', tables: both }, 'which is not known'],
    ['a table state that is not known', { tables: { ...both, b: 'Table sleeps' } }, '“Table sleeps”'],
    ['no statistics yet', {}, '0 of 2'],
  ])('%s', (_, facts, reason) => {
    const verdict = assess(facts)
    expect(verdict).toEqual({ kind: 'loading', reason: expect.stringContaining(reason) as string })
  })
})

describe('failed at once', () => {
  test.each<[string, Facts, string, RegExp]>([
    [
      'an errored table',
      { tables: { ...both, b: 'Table error' } },
      'shop.b',
      /“Table error”.*dms-tasks-mover, stream dms-task-ABC/u,
    ],
    ['a cancelled table', { tables: { a: 'Table cancelled' } }, 'shop.a', /“Table cancelled”/u],
    ['a table that is gone', { tables: { a: 'Table does not exist' } }, 'shop.a', /does not exist/u],
    [
      'a failed task',
      { status: 'failed', stopReason: 'Last Error boom' },
      'shop-1',
      /has failed: Last Error boom/u,
    ],
    [
      'a task that gave up',
      { status: 'stopped', stopReason: 'Stop Reason STOPPED_DUE_TO_LOW_DISK', tables: both },
      'shop-1',
      /stopped by itself/u,
    ],
    [
      'a task that somebody stopped',
      { status: 'stopped', stopReason: 'Stop Reason NORMAL', tables: both },
      'shop-1',
      /was stopped before/u,
    ],
    [
      'a task that somebody stopped after its load',
      { status: 'stopped', stopReason: 'Stop Reason NORMAL', finished: true, tables: both },
      'shop-1',
      /was stopped after its load, and carries no changes/u,
    ],
    [
      'a table that DMS counts in error and does not name',
      { finished: true, tables: both, counts: { TablesLoaded: 1, TablesErrored: 1 } },
      'shop-1',
      /counts one table in error in the task shop-1, and its statistics name none/u,
    ],
    ['a load that ended with zero tables', { finished: true }, 'shop-1', /zero tables/u],
    [
      'a load that ended without a table of the plan',
      { finished: true, tables: { a: 'Table completed' } },
      'shop.b',
      /is in the plan, but/u,
    ],
  ])('%s', (_, facts, field, message) => {
    const verdict = assess(facts)
    expect(verdict.kind).toBe('failed')
    const problems = verdict.kind === 'failed' ? verdict.problems : []
    const found = problems.find((problem) => problem.field === field)
    expect(found?.message).toMatch(message)
    expect(found?.remedy).not.toBe('')
  })
})

test('one task that fails, fails the wait, whatever the others do', () => {
  const verdict = assessLoad([sight({ finished: true, tables: both }), sight({ status: 'failed' })], planned)
  expect(verdict.kind).toBe('failed')
})
