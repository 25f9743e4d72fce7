import { expect, test } from 'vitest'
import { parseTask } from '../../shared/dms/replication-task.ts'
import { parseTableStatistic } from '../../shared/dms/table-statistic.ts'
import { taskState } from '../../shared/dms/task-state.ts'
import type { TaskSight } from '../../shared/waiting/task-sight.ts'
import type { DatabaseSight } from './assess.ts'
import { Backlog, backlogProblems, backlogReasons, busyLines, isStuck, openBacklog } from './backlog.ts'

const arn = (kind: string) => `arn:aws:dms:eu-west-1:123456789012:${kind}:ABC`
const task = parseTask({
  ReplicationTaskIdentifier: 'shop-1',
  ReplicationTaskArn: arn('task'),
  ReplicationInstanceArn: arn('rep'),
  SourceEndpointArn: arn('endpoint'),
  TargetEndpointArn: arn('endpoint'),
  Status: 'running',
  MigrationType: 'full-load-and-cdc',
})
const sight = (captured: number, applied: number): TaskSight[] => [
  {
    task,
    state: taskState(task),
    tables: [
      parseTableStatistic({
        SchemaName: 'shop',
        TableName: 'orders',
        TableState: 'Table completed',
        Inserts: captured,
        AppliedInserts: applied,
      }),
    ],
  },
]
/** A marker that was sent at a look with these counts, and has come through. */
function passed(captured: number, applied: number): Backlog {
  const backlog = new Backlog()
  backlog.markerSent(sight(captured, applied))
  backlog.markerArrived()
  return backlog
}

test('before a marker has arrived nothing is known', () => {
  const backlog = new Backlog()
  expect(backlog.look(sight(100, 0))).toEqual([])
  backlog.markerSent(sight(100, 0))
  expect(backlog.look(sight(100, 0))).toEqual([])
})

test('a busy table is never without a backlog, and not behind: what counts was captured before the marker', () => {
  expect(passed(100, 40).look(sight(5000, 100))).toEqual([])
})

test('what a marker has overtaken is counted, and is stuck when it does not fall for six looks', () => {
  const backlog = passed(100, 40)
  let behind = backlog.look(sight(100, 88))
  expect(behind).toMatchObject([{ task: 'shop-1', schema: 'shop', table: 'orders', changes: 12 }])
  for (let look = 2; look <= 5; look += 1) behind = backlog.look(sight(100 + look, 88))
  expect(behind.some(isStuck)).toBe(false)
  behind = backlog.look(sight(200, 88))
  expect(behind.some(isStuck)).toBe(true)
  expect(backlogReasons(behind)[0]).toContain('12 of shop.orders (shop-1)')
  expect(backlogProblems(behind)[0]?.message).toContain('12 changes of shop.orders')
})

test('one that falls, however slowly, is only late', () => {
  const backlog = passed(100, 40)
  for (let look = 0; look < 50; look += 1) {
    const behind = backlog.look(sight(100, 40 + look))
    expect(behind).toHaveLength(1)
    expect(behind.some(isStuck)).toBe(false)
  }
  expect(backlog.look(sight(100, 100))).toEqual([])
})

test('a task that began to count anew is no backlog', () => {
  expect(passed(100, 100).look(sight(3, 3))).toEqual([])
})

test('a table that was never even is told: newer changes may hide that old ones are missing', () => {
  // Five are lost for good, and the table goes on being written to: no marker is ever overtaken for long.
  const busy = passed(100, 95)
  for (let look = 1; look <= 10; look += 1) busy.look(sight(100 + 20 * look, 95 + 20 * look))
  expect(busy.look(sight(400, 395))).toEqual([])
  expect(busyLines(busy.neverEven(), undefined)[0]).toContain('is missing of shop.orders')

  const even = passed(100, 95)
  even.look(sight(120, 110))
  even.look(sight(130, 130))
  even.look(sight(150, 140))
  expect(even.neverEven()).toEqual([])
  expect(busyLines(even.neverEven(), undefined)).toEqual([])
})

test('a comparison that began after it was noted settles as many changes and no more', () => {
  const [behind] = passed(100, 88).look(sight(100, 88))
  if (behind === undefined) throw new Error('nothing is behind')
  const databases = (begun: number): DatabaseSight => ({
    applyErrors: { exceptions: 0, exceptionExamples: [], suspended: [], unreadable: [] },
    drift: [],
    guard: { raised: true, others: [] },
    uncarried: {
      tables: [],
      backlogs: [{ schema: 'shop', table: 'orders', changes: '12', seenAt: 1000 }],
      largeObjects: { count: '0', newest: '', changes: '0', reset: '' },
      largeObjectsBefore: null,
    },
    compared: { equal: new Map([['"shop"."orders"', begun]]), different: [] },
  })
  expect(openBacklog([behind], databases(1001))).toEqual([])
  expect(openBacklog([behind], databases(999))).toEqual([behind])
  expect(openBacklog([{ ...behind, changes: 13 }], databases(1001))).toHaveLength(1)
  expect(openBacklog([behind], undefined)).toEqual([behind])
  expect(busyLines([behind], databases(1001))).toEqual([])
})
