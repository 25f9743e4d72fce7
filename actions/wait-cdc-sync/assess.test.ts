import { describe, expect, test } from 'vitest'
import { parseTask } from '../../shared/dms/replication-task.ts'
import { parseTableStatistic } from '../../shared/dms/table-statistic.ts'
import { taskState } from '../../shared/dms/task-state.ts'
import type { Uncarried } from '../../shared/control/uncarried.ts'
import type { ApplyErrors } from '../../shared/waiting/apply-errors.ts'
import type { TaskSight } from '../../shared/waiting/task-sight.ts'
import { assessSync, type DatabaseSight, type SyncSight } from './assess.ts'
import { nothingSeen as none, remember } from './validation.ts'

const arn = (kind: string) => `arn:aws:dms:eu-west-1:123456789012:${kind}:ABC`

interface Table {
  state?: string
  validation?: string
  pending?: number
  failed?: number
  captured?: number
}

function sight(status: string, tables: Record<string, Table>, stopReason = '', errored = 0): TaskSight {
  const task = parseTask({
    ReplicationTaskIdentifier: 'shop-1',
    ReplicationTaskArn: arn('task'),
    ReplicationInstanceArn: arn('rep'),
    SourceEndpointArn: arn('endpoint'),
    TargetEndpointArn: arn('endpoint'),
    Status: status,
    StopReason: stopReason,
    MigrationType: 'full-load-and-cdc',
    ReplicationTaskStats: { TablesErrored: errored },
  })
  return {
    task,
    state: taskState(task),
    tables: Object.entries(tables).map(([name, table]) =>
      parseTableStatistic({
        SchemaName: 'shop',
        TableName: name,
        TableState: table.state ?? 'Table completed',
        ValidationState: table.validation ?? 'Validated',
        ValidationPendingRecords: table.pending,
        ValidationFailedRecords: table.failed,
        Inserts: table.captured,
      }),
    ),
  }
}

const noLargeObjects = { count: '0', newest: '', changes: '0', reset: '' }
const nothingUncarried: Uncarried = {
  tables: [],
  backlogs: [],
  largeObjects: noLargeObjects,
  largeObjectsBefore: noLargeObjects,
}
const nothingWrong: ApplyErrors = { exceptions: 0, exceptionExamples: [], suspended: [], unreadable: [] }
const databases = (overrides: Partial<DatabaseSight> = {}): DatabaseSight => ({
  applyErrors: nothingWrong,
  drift: [],
  guard: { raised: true, others: [] },
  uncarried: nothingUncarried,
  compared: { equal: new Map(), different: [] },
  ...overrides,
})
const look = (task: TaskSight, overrides: Partial<SyncSight> = {}): SyncSight => ({
  tasks: [task],
  instances: new Map([[arn('rep'), 'mover']]),
  planned: new Map([['shop-1', [{ schema: 'shop', table: 'a' }]]]),
  history: remember(none, [task]),
  waivers: [],
  databases: databases(),
  ...overrides,
})

test('a running task with loaded, compared tables is clear for a marker', () => {
  expect(assessSync(look(sight('running', { a: {} })))).toEqual({ kind: 'clear', unverified: [] })
})

describe('refused for good', () => {
  const running = sight('running', { a: {} })
  test.each<[string, SyncSight, RegExp]>([
    ['a failed task', look(sight('failed', {}, 'Last Error boom')), /has failed: Last Error boom/u],
    ['a stopped task', look(sight('stopped', {}, 'Stop Reason NORMAL')), /does not run/u],
    [
      'a task without CDC',
      look(sight('stopped', {}, 'Stop Reason FULL_LOAD_ONLY_FINISHED')),
      /carries no changes/u,
    ],
    ['an errored table', look(sight('running', { a: { state: 'Table error' } })), /“Table error”/u],
    [
      'an errored table without a name',
      look(sight('running', { a: {} }, '', 1)),
      /tables in error in the task shop-1 \(1\), and its statistics name none/u,
    ],
    [
      'rows that differ',
      look(sight('running', { a: { validation: 'Mismatched records', failed: 2 } })),
      /2 rows of shop.a differ/u,
    ],
    [
      'a changed schema',
      look(running, { databases: databases({ drift: ['table shop.b is new'] }) }),
      /table shop.b is new/u,
    ],
    [
      'a guard that is down',
      look(running, { databases: databases({ guard: { raised: false, others: [] } }) }),
      /guard does not stand/u,
    ],
    [
      'a stranger on the target',
      look(running, { databases: databases({ guard: { raised: true, others: ['bob'] } }) }),
      /role bob can connect/u,
    ],
    [
      'apply exceptions',
      look(running, {
        databases: databases({
          applyErrors: {
            ...nothingWrong,
            exceptions: 3,
            exceptionExamples: [{ table: 'shop.a', reason: 'no' }],
          },
        }),
      }),
      /3 rows could not be applied.*shop.a: no/u,
    ],
    [
      'a suspended table',
      look(running, {
        databases: databases({
          applyErrors: { ...nothingWrong, suspended: [{ table: 'shop.a', reason: 'x' }] },
        }),
      }),
      /suspended the table shop.a: x/u,
    ],
    [
      'a table that was truncated',
      look(running, {
        databases: databases({
          uncarried: {
            ...nothingUncarried,
            tables: [{ schema: 'shop', table: 'a', mark: '9', recordedAt: 1, seenAt: 2 }],
          },
        }),
      }),
      /shop.a has been truncated or rewritten/u,
    ],
    [
      'rows that verify-data found different',
      look(running, {
        databases: databases({
          compared: { equal: new Map(), different: [{ schema: 'shop', table: 'a' }] },
        }),
      }),
      /verify-data found rows of shop.a that differ/u,
    ],
    [
      'exceptions that may not be read: no pass without a look',
      look(running, { databases: databases({ applyErrors: { ...nothingWrong, unreadable: ['s.t'] } }) }),
      /cannot be verified/u,
    ],
  ])('%s', (_, seen, message) => {
    const verdict = assessSync(seen)
    const problems = verdict.kind === 'refused' ? verdict.problems : []
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringMatching(message)])
    expect(problems[0]?.remedy).not.toBe('')
  })
})

describe('worth waiting for', () => {
  test.each<[string, TaskSight, string]>([
    ['a task that starts', sight('starting', {}), 'is starting'],
    ['a task that was never started', sight('ready', {}), 'has not been started'],
    ['a load under way', sight('running', { a: { state: 'Full load' } }), '0 of 1 tables loaded'],
    ['no statistics yet', sight('running', {}), '0 of 1 tables loaded'],
    [
      'a comparison that has not begun',
      sight('running', { a: { validation: 'Pending validation' } }),
      'shop.a are still to be compared',
    ],
    [
      'rows never compared',
      sight('running', { a: { validation: 'Pending records', pending: 5 } }),
      'shop.a are still to be compared',
    ],
    [
      'a validation state that is not known',
      sight('running', { a: { validation: 'Dreaming' } }),
      '“Dreaming”',
    ],
  ])('%s', (_, task, reason) => {
    expect(assessSync(look(task))).toEqual({
      kind: 'waiting',
      reasons: [expect.stringContaining(reason) as string],
    })
  })
})

describe('validation under writes', () => {
  const busy = (pending: number, captured: number) =>
    sight('running', { a: { validation: 'Pending records', pending, captured } })

  test('a table that was seen validated may have rows waiting again', () => {
    const history = remember(remember(none, [sight('running', { a: {} })]), [busy(9, 0)])
    expect(assessSync(look(busy(9, 0), { history })).kind).toBe('clear')
  })

  test('no more rows wait than have changed since the first look, ten looks in a row', () => {
    let history = remember(none, [busy(100, 1000)])
    for (let seen = 1; seen <= 9; seen += 1) history = remember(history, [busy(5, 1000 + seen * 10)])
    expect(assessSync(look(busy(5, 1090), { history })).kind).toBe('waiting')
    history = remember(history, [busy(5, 1100)])
    expect(assessSync(look(busy(5, 1100), { history })).kind).toBe('clear')
    history = remember(history, [busy(500, 1110)])
    expect(assessSync(look(busy(500, 1110), { history })).kind).toBe('waiting')
  })

  test.each([
    ['Not enabled', 'validation is off'],
    ['No primary key', 'cannot compare'],
    ['Suspended records', 'change too often'],
  ])('“%s” is no pass and no refusal: it is told', (validation, text) => {
    const verdict = assessSync(look(sight('running', { a: { validation } })))
    expect(verdict).toEqual({ kind: 'clear', unverified: [expect.stringContaining(text) as string] })
  })
})
