import { describe, expect, test } from 'vitest'
import type { LatestPoint, Metric, Metrics } from '../cloudwatch/metrics.ts'
import type { Clock } from '../runtime/clock.ts'
import { watchHealth, type WatchedHosts } from './health-watch.ts'
import type { SourceHealth } from './source-health.ts'

const minute = 60_000

/** Ends the watch after so many minutes of its clock. */
function minutesOf(most: number) {
  const ended = new AbortController()
  const clock: Clock & { at: number } = {
    at: 0,
    now: () => clock.at,
    elapsed: () => clock.at,
    sleep: async (ms) => {
      clock.at += ms
      if (clock.at > most * minute) ended.abort()
    },
  }
  return { clock, ended }
}

const cloudWatch = (latest: (metric: Metric, at: number) => LatestPoint): Metrics => ({
  latest: async (wanted, now) => wanted.map((metric) => latest(metric, now.getTime())),
  dimensionsOf: async (_, value) => ({ ReplicationConfigExternalResourceId: value }),
})

async function watched(hosts: Partial<WatchedHosts>, minutes: number) {
  const { clock, ended } = minutesOf(minutes)
  const lines: string[] = []
  const troubles: string[] = []
  const looksAt: number[] = []
  const watch = watchHealth(
    {
      metrics: cloudWatch(() => null),
      instances: ['mover'],
      replications: [],
      source: undefined,
      ...hosts,
      ...(hosts.source === undefined
        ? {}
        : {
            source: {
              ...hosts.source,
              look: async () => {
                looksAt.push(clock.at)
                return hosts.source?.look() ?? Promise.reject(new Error('no source'))
              },
            },
          }),
    },
    {
      clock,
      signal: ended.signal,
      log: {
        line: (text) => lines.push(text),
        debug: () => undefined,
        warn: () => undefined,
        group: (_, work) => work(),
      },
      onTrouble: ({ severity, message }) => troubles.push(`${severity}: ${message}`),
    },
  )
  await new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve()))
  await watch.stop()
  return { lines, troubles, looksAt, report: watch.report() }
}

const health: SourceHealth = {
  at: 0,
  walLsn: '0/1',
  slots: [],
  mayMonitor: true,
  longest: null,
  prepared: { count: 0, seconds: 0 },
}

describe('the watch beside a wait', () => {
  test('storage that runs out: a warning, then a worse one, each once', async () => {
    const draining = cloudWatch(({ name }, at) =>
      name === 'FreeStorageSpace' ? { at: new Date(at), value: 60e9 - (at / minute) * 100e6 } : null,
    )
    const { troubles } = await watched({ metrics: draining }, 9 * 60)
    expect(troubles.map((text) => text.split(' at the ')[0])).toEqual([
      expect.stringMatching(
        /^warning: the storage of the replication instance mover runs out in [\d.]+ hours$/u,
      ),
      'critical: the storage of the replication instance mover runs out in 4 hours',
    ])
  })

  test('no permission: said once, with what to allow, and it goes on looking', async () => {
    const denied: Metrics = {
      latest: () => Promise.reject(new Error('not authorized to perform cloudwatch:GetMetricData')),
      dimensionsOf: () => Promise.resolve(undefined),
    }
    const source = { rds: undefined, look: async () => health }
    const { lines, troubles, looksAt, report } = await watched({ metrics: denied, source }, 60)
    expect(lines).toEqual([
      expect.stringMatching(/^What the tasks run on, in CloudWatch: not watched.*Allow cloudwatch:Get/u),
    ])
    expect(troubles).toEqual([])
    expect(report.unknown).toHaveLength(1)
    expect(looksAt.length).toBeGreaterThan(20)
  })

  test('metrics that are missing are said to be, once each, and are no zero', async () => {
    const { lines, troubles } = await watched({}, 60)
    expect(troubles).toEqual([])
    expect(lines).toEqual(
      ['Free storage', 'Free memory', 'Swap', 'CPU'].map(
        (what) => `${what} of mover: not watched. CloudWatch has no points of it.`,
      ),
    )
  })

  test('a source that cannot be reached: said once; the others are watched on', async () => {
    const source = { rds: undefined, look: () => Promise.reject(new Error('the source does not answer')) }
    const { lines, looksAt } = await watched({ source, instances: [] }, 30)
    expect(lines).toEqual([
      'WAL and transactions of the source: not watched. the source does not answer The wait goes on without.',
    ])
    expect(looksAt.length).toBeGreaterThan(10)
  })

  test('the source is looked at twice at first, then every other minute', async () => {
    const source = { rds: undefined, look: async () => health }
    const { looksAt } = await watched({ source, instances: [] }, 61)
    expect(looksAt[1]).toBeLessThan(2 * minute)
    expect(looksAt.length).toBeGreaterThan(28)
    expect(looksAt.length).toBeLessThan(36)
  })

  test('a serverless replication is watched by its capacity', async () => {
    const full = cloudWatch(({ name, dimensions }, at) =>
      name === 'CapacityUtilization' && dimensions['ReplicationConfigExternalResourceId'] === 'ABC'
        ? { at: new Date(at), value: 97 }
        : null,
    )
    const replications = [{ arn: 'arn:aws:dms:x:1:replication-config:ABC', identifier: 'shop-1' }]
    const { troubles } = await watched({ metrics: full, instances: [], replications }, 10)
    expect(troubles).toEqual(['warning: the serverless replication shop-1 uses 97 % of its capacity'])
  })
})
