import { describe, expect, test } from 'vitest'
import { hoursLeft, withPoint, type Gauge, type GaugeKind } from './gauge.ts'
import { healthFindings } from './health-findings.ts'
import { healthNotices } from './health-notices.ts'
import type { SourceHealth } from './source-health.ts'

const minute = 60_000
const gb = 1e9

/** A gauge with a point a minute. */
const gauge = (kind: GaugeKind, ...values: number[]): Gauge => ({
  kind,
  of: 'mover',
  points: values.map((value, index) => ({ at: index * minute, value })),
})
const source = (at: number, more: Partial<SourceHealth> = {}): SourceHealth => ({
  at,
  walLsn: '0/1',
  slots: [],
  mayMonitor: true,
  longest: null,
  prepared: { count: 0, seconds: 0 },
  ...more,
})
const slot = (retained: number, more: Partial<SourceHealth['slots'][number]> = {}) => [
  {
    name: 'shop_1',
    active: true,
    confirmedLsn: '0/1',
    retainedBytes: String(retained),
    walStatus: 'extended',
    safeBytes: null,
    ...more,
  },
]
const found = (gauges: Gauge[], looks: SourceHealth[] = []) => healthFindings({ gauges, source: looks })

describe('a gauge', () => {
  test('the same point of CloudWatch read twice is one sample, which has no rate', () => {
    const point = { at: new Date(1000), value: 5 }
    const read = withPoint(withPoint(gauge('instance-storage'), point), point)
    expect(read.points).toHaveLength(1)
    expect(hoursLeft(read)).toBeNull()
  })

  test('a missing point changes nothing', () => {
    const before = gauge('instance-storage', 5)
    expect(withPoint(before, null)).toBe(before)
  })

  test('what is older than half an hour is forgotten', () => {
    const later = withPoint(gauge('instance-storage', 9, 8), { at: new Date(31 * minute), value: 7 })
    expect(later.points.map(({ value }) => value)).toEqual([8, 7])
  })
})

describe('storage', () => {
  test('one sample says nothing, however little is left', () => {
    expect(found([gauge('instance-storage', 1), gauge('source-storage', 1)])).toEqual([])
  })

  test.each([
    [20 * gb, 'warning', '16.7 hours'],
    [3 * gb, 'critical', '2.5 hours'],
    [0.5 * gb, 'critical', '25 minutes'],
  ])('%d bytes that shrink by 20 MB a minute: %s, %s left', (left, severity, hours) => {
    const fallen = [5, 4, 3, 2, 1, 0].map((minutes) => left + minutes * 0.02 * gb)
    const [finding] = found([gauge('instance-storage', ...fallen)])
    expect(finding?.severity).toBe(severity)
    expect(finding?.message).toContain(`runs out in ${hours} at the present rate`)
    expect(finding?.remedy).toContain('--allocated-storage')
  })

  test('what lasts for more than a day, stays, or grows is no finding', () => {
    const slowly = [0, 1, 2, 3, 4, 5].map((minutes) => 100 * gb - minutes * 1e6)
    expect(found([gauge('instance-storage', ...slowly)])).toEqual([])
    expect(found([gauge('instance-storage', gb, gb)])).toEqual([])
    expect(found([gauge('source-storage', gb, 2 * gb)])).toEqual([])
  })
})

describe('storage, where a rate says nothing', () => {
  test('what comes and goes within minutes is no rate of hours', () => {
    expect(found([gauge('source-storage', 50 * gb, 48 * gb, 46 * gb)])).toEqual([])
  })

  test('storage that is used up stands still: that is no end of the trouble', () => {
    expect(found([gauge('instance-storage', 9 * gb, 1e6)])).toEqual([])
    for (const kind of ['instance-storage', 'source-storage'] as const) {
      const [finding] = found([gauge(kind, 5e6, 5e6)])
      expect(finding?.severity).toBe('critical')
      expect(finding?.message).toMatch(/mover is nearly used up: 5 MB are left$/u)
      expect(finding?.remedy).toContain('--allocated-storage')
    }
  })
})

describe('the host', () => {
  test('little memory in two samples, and worse where it swaps', () => {
    const low = gauge('instance-memory', 200e6, 100e6)
    expect(found([gauge('instance-memory', 9e9, 100e6)])).toEqual([])
    expect(found([low])[0]?.severity).toBe('warning')
    const [finding] = found([low, gauge('instance-swap', 0, 5e6)])
    expect(finding?.severity).toBe('critical')
    expect(finding?.message).toMatch(/100 MB of memory left, at this rate none in 1 minutes, and has begun/u)
  })

  test('a busy CPU in three samples, a full capacity in two', () => {
    expect(found([gauge('instance-cpu', 20, 99, 99)])).toEqual([])
    expect(found([gauge('instance-cpu', 99, 98, 99)])[0]?.message).toContain('99 % of its CPU')
    expect(found([gauge('serverless-capacity', 95)])).toEqual([])
    expect(found([gauge('serverless-capacity', 95, 96)])[0]?.remedy).toContain('dms.serverless')
  })
})

describe('the source', () => {
  const free = gauge('source-storage', 10 * gb)

  test('WAL that a slot keeps, against the free storage', () => {
    const looks = [source(0, { slots: slot(0) }), source(30 * minute, { slots: slot(5 * gb) })]
    const [finding] = found([free], looks)
    expect(finding?.severity).toBe('critical')
    expect(finding?.message).toMatch(/slot shop_1 keeps runs out in 1 hours.*it keeps 5 GB, and 10 GB more/u)
    expect(found([free], looks.slice(0, 1))).toEqual([])
  })

  test('the slot’s own limit is the nearer one', () => {
    const looks = [0, 30].map((at) =>
      source(at * minute, { slots: slot(at * 1e8, { safeBytes: '1500000000' }) }),
    )
    expect(found([free], looks)[0]?.message).toContain('runs out in 15 minutes')
  })

  test('a slot that advances keeps nothing, though much is written', () => {
    const looks = [
      source(0, { slots: slot(gb), walLsn: '0/1' }),
      source(minute, { slots: slot(gb), walLsn: '9/1' }),
    ]
    expect(found([free], looks)).toEqual([])
  })

  test('a slot whose position was not known at first has not grown from nothing', () => {
    const unknown = slot(0, { retainedBytes: null })
    const looks = [source(0, { slots: unknown }), source(30 * minute, { slots: slot(5 * gb) })]
    expect(found([free], looks)).toEqual([])
    expect(
      found(
        [free],
        looks.toReversed().map((look, index) => ({ ...look, at: index * minute })),
      ),
    ).toEqual([])
  })

  test('a slot that is losing its WAL, seen twice', () => {
    const lost = { slots: slot(0, { walStatus: 'unreserved' }) }
    expect(found([], [source(0), source(1, lost)])).toEqual([])
    expect(found([], [source(1, lost), source(2, lost)])[0]).toMatchObject({ severity: 'critical' })
  })

  test('a transaction that is open for more than an hour, seen twice', () => {
    const longest = { pid: 7, user: 'batch', application: 'night', seconds: 7200 }
    const [finding] = found([], [source(0, { longest }), source(1, { longest })])
    expect(finding?.message).toContain('a transaction of batch (pid 7, night) has been open on the source')
    expect(finding?.remedy).toContain('pg_terminate_backend(7)')
    expect(found([], [source(0), source(1, { longest })])).toEqual([])
  })

  test('prepared transactions', () => {
    const prepared = { count: 2, seconds: 9000 }
    expect(found([], [source(0, { prepared }), source(1, { prepared })])[0]?.remedy).toContain('pg_prepared')
  })
})

describe('what is told', () => {
  const finding = (severity: 'warning' | 'critical') => ({ key: 'k', severity, message: 'm', remedy: 'r' })

  test('each severity once, and the end after some looks without it', () => {
    const notices = healthNotices()
    const told = (...findings: ReturnType<typeof finding>[]) => {
      const news = notices(findings)
      return [...news.told.map(({ severity }) => severity), ...news.over.map((key) => `no ${key}`)]
    }
    expect(told(finding('warning'))).toEqual(['warning'])
    expect(told(finding('warning'))).toEqual([])
    expect(told()).toEqual([])
    expect(told(finding('warning'))).toEqual([])
    expect(told(finding('critical'))).toEqual(['critical'])
    for (let look = 0; look < 4; look += 1) expect(told()).toEqual([])
    expect(told()).toEqual(['no k'])
    expect(told(finding('warning'))).toEqual(['warning'])
  })

  test('what goes to and fro between two severities is told twice, not at every look', () => {
    const notices = healthNotices()
    const told = Array.from({ length: 20 }, (_, look) =>
      notices([finding(look % 2 === 0 ? 'warning' : 'critical')]).told.map(({ severity }) => severity),
    )
    expect(told.flat()).toEqual(['warning', 'critical'])
  })
})
