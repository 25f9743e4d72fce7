import { describe, expect, test } from 'vitest'
import { parseTask } from '../../shared/dms/replication-task.ts'
import { parseTableStatistic } from '../../shared/dms/table-statistic.ts'
import { report, type LoadOutcome } from './report.ts'

const sights: LoadOutcome['sights'] = [
  {
    task: parseTask({
      ReplicationTaskIdentifier: 'shop-1',
      ReplicationTaskArn: 'arn',
      ReplicationInstanceArn: 'rep',
      SourceEndpointArn: 's',
      TargetEndpointArn: 't',
      Status: 'running',
      MigrationType: 'full-load-and-cdc',
      ReplicationTaskStats: { FullLoadStartDate: new Date(0), FullLoadFinishDate: new Date(90_000) },
    }),
    state: { kind: 'running' },
    tables: [
      parseTableStatistic({
        SchemaName: 'shop',
        TableName: 'a|b',
        TableState: 'Table completed',
        FullLoadRows: 1234,
      }),
      parseTableStatistic({
        SchemaName: 'aurora_migration_markers',
        TableName: 'task_1',
        TableState: 'Table completed',
      }),
    ],
  },
]
const outcome: LoadOutcome = {
  verdict: { kind: 'loaded' },
  sights,
  interrupted: undefined,
  samples: [
    {
      elapsedMs: 95_000,
      loadMs: 95_000,
      loaded: 1,
      total: 1,
      errored: 0,
      rows: 1234,
      bytes: 5e9,
      totalBytes: 9e9,
      longestMs: null,
    },
  ],
  health: undefined,
  at: undefined,
  dryRun: false,
  maxWaitMs: 60_000,
  finished: undefined,
}

describe('the report of a wait', () => {
  test('loaded: verdict first, numbers without the marker table, names that cannot break the table', () => {
    const { summary, outputs, failed } = report({ ...outcome, finished: ['vacuum and analyze 1 tables'] })
    expect(summary).toMatch(/^## ✅ wait-full-load: the full load is complete: 1 of 1 tables, 1,234 rows\n/u)
    expect(summary).toContain('| shop-1 | running | 1 of 1 | 1,234 | 1m |')
    expect(summary).toContain('shop.a\\|b')
    expect(summary).toContain('- vacuum and analyze 1 tables')
    expect(outputs).toMatchObject({ state: 'loaded', tables: '1', rows: '1234' })
    expect(failed).toBe(false)
  })

  test('tasks without a full load are not said to have loaded anything', () => {
    const copied = sights.map((sight) => ({ ...sight, task: { ...sight.task, migrationType: 'cdc' } }))
    expect(report({ ...outcome, sights: copied }).headline).toContain('there is nothing to load')
  })

  test('tasks that stopped for the finishing lead there', () => {
    const [sight] = sights
    const stopped = { kind: 'stopped', by: 'setting', reason: 'STOPPED_AFTER_CACHED_EVENTS' } as const
    const { summary } = report({ ...outcome, sights: [{ ...sight!, state: stopped }] })
    expect(summary).toContain('**Next:** finish-target')
    expect(report({ ...outcome, sights: [{ ...sight!, state: stopped }], finished: [] }).summary).toContain(
      '**Next:** wait-cdc-sync',
    )
  })

  test('still running is neither failure nor success', () => {
    const { summary, outputs, failed } = report({ ...outcome, verdict: { kind: 'loading', reason: 'x' } })
    expect(summary).toMatch(/^## ⏳ wait-full-load: the full load goes on after 1m/u)
    expect(outputs['state']).toBe('still-running')
    expect(failed).toBe(false)
  })

  test('failed: the first problem is the headline, all are in the table with what to do', () => {
    const problems = [
      { field: 'shop.a', message: 'it burns', remedy: 'put it out' },
      { field: 'shop.b', message: 'it drowns', remedy: 'pull it out' },
    ]
    const { summary, failed } = report({ ...outcome, verdict: { kind: 'failed', problems } })
    expect(summary).toMatch(/^## ❌ wait-full-load: the full load has failed: it burns \(and 1 more\)\n/u)
    expect(summary).toContain('| shop.b | it drowns | pull it out |')
    expect(failed).toBe(true)
  })

  test('cancelled: a failure that says where it was, with what was seen', () => {
    const { summary, outputs, failed } = report({
      ...outcome,
      verdict: { kind: 'loading', reason: 'x' },
      interrupted: { by: 'cancelled' },
    })
    expect(summary).toMatch(/^## ❌ wait-full-load: the wait was cancelled at full-load 1\/1 tables/u)
    expect(summary).toContain('| shop-1 | running |')
    expect(summary).toContain('**Next:** the tasks go on.')
    expect(outputs['state']).toBe('still-running')
    expect(failed).toBe(true)
  })

  test('expired credentials: neither failure nor success, even where only the finishing is left', () => {
    const interrupted = {
      by: 'expired-credentials',
      message: 'the AWS credentials of this job have expired',
    } as const
    for (const verdict of [{ kind: 'loading', reason: 'x' }, { kind: 'loaded' }] as const) {
      const { summary, outputs, failed } = report({ ...outcome, verdict, interrupted })
      expect(summary).toMatch(/^## ⏳ wait-full-load: the credentials of this job ended/u)
      expect(summary).toContain('role-duration-seconds')
      expect(outputs['state']).toBe('still-running')
      expect(failed).toBe(false)
    }
  })

  test('while it waits: how far, how long still, and what the reader is to make of it', () => {
    const { summary } = report({
      ...outcome,
      verdict: { kind: 'loading', reason: 'x' },
      at: Date.UTC(2026, 0, 2, 3, 4),
    })
    expect(summary).toMatch(/^## ⏳ wait-full-load: the full load goes on: 1 of 1 tables/u)
    expect(summary).toContain('at 2026-01-02 03:04 UTC. Where this is the last that it said, its runner died')
    expect(summary).toContain('Bytes ≈ 5 GB of 9 GB · rate unknown · ETA unknown (')
  })

  test('what runs out is in the summary, with what to do; what was watched is folded', () => {
    const { summary } = report({
      ...outcome,
      health: {
        gauges: [{ kind: 'instance-storage', of: 'mover', points: [{ at: 0, value: 5e9 }] }],
        source: [],
        findings: [
          { key: 'k', severity: 'critical', message: 'the storage runs out', remedy: 'Give it more.' },
        ],
        unknown: ['Transactions: not visible'],
      },
    })
    expect(summary).toContain('🔴 **the storage runs out.** Give it more.')
    expect(summary).toContain('| Free storage | mover | 5 GB | one sample only |')
    expect(summary).toContain('- Transactions: not visible')
  })
})
