import { expect, test } from 'vitest'
import { parseTask } from '../../shared/dms/replication-task.ts'
import { parseTableStatistic } from '../../shared/dms/table-statistic.ts'
import type { TaskMetrics } from '../../shared/waiting/task-metrics.ts'
import type { SyncSight } from './assess.ts'
import { assessMetrics } from './metrics-only.ts'
import { metricsReport } from './report.ts'
import { nothingSeen } from './validation.ts'

const arn = 'arn:aws:dms:eu-west-1:123456789012:task:ABC'
const sight: SyncSight = {
  tasks: [
    {
      task: parseTask({
        ReplicationTaskIdentifier: 'shop-1',
        ReplicationTaskArn: arn,
        ReplicationInstanceArn: 'rep',
        SourceEndpointArn: 's',
        TargetEndpointArn: 't',
        Status: 'running',
        MigrationType: 'full-load-and-cdc',
      }),
      state: { kind: 'running' },
      tables: [parseTableStatistic({ SchemaName: 's', TableName: 't', TableState: 'Table completed' })],
    },
  ],
  instances: new Map(),
  planned: undefined,
  history: nothingSeen,
  waivers: [],
  databases: undefined,
}
const fresh = { value: 0, ageSeconds: 60 }
const metrics = (overrides: Partial<TaskMetrics> = {}, failure?: string) => ({
  tasks: new Map([
    [arn, { latencySource: fresh, latencyTarget: fresh, incomingChanges: fresh, ...overrides }],
  ]),
  freeBytes: null,
  failure,
})

test('fresh points and small latencies are caught up', () => {
  expect(assessMetrics(sight, metrics()).kind).toBe('caught-up')
})

test.each([
  ['a missing point is no zero', metrics({ incomingChanges: null }), 'no point of CDCIncomingChanges'],
  ['an old point says nothing', metrics({ latencyTarget: { value: 0, ageSeconds: 301 } }), '301 s old'],
  [
    'a latency over the limit',
    metrics({ latencySource: { value: 11, ageSeconds: 5 } }),
    'CDCLatencySource is 11 s',
  ],
  ['CloudWatch that does not answer', metrics({}, 'AccessDenied: no'), 'CloudWatch cannot be read'],
])('%s', (_, seen, reason) => {
  const verdict = assessMetrics(sight, seen)
  expect(verdict).toEqual({ kind: 'still-running', reasons: [expect.stringContaining(reason) as string] })
})

test('a latency that never falls: the report says in which half the time is lost, and what to look at there', () => {
  const late = { value: 900, ageSeconds: 40 }
  const seen = metrics({ latencyTarget: late })
  const { summary, failed } = metricsReport({ verdict: assessMetrics(sight, seen), sight, metrics: seen })
  expect(failed).not.toBe(true)
  expect(summary).toContain('### What to look at')
  expect(summary).toMatch(/- shop-1: it is behind in writing to the target .*look there for locks/u)
  const fine = metricsReport({
    verdict: assessMetrics(sight, metrics({ incomingChanges: null })),
    sight,
    metrics: metrics(),
  })
  expect(fine.summary).not.toContain('What to look at')
})
