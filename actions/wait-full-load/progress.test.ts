import { describe, expect, test } from 'vitest'
import { parseTask } from '../../shared/dms/replication-task.ts'
import { parseTableStatistic } from '../../shared/dms/table-statistic.ts'
import { sizeKey, type SourceSizes } from '../../shared/waiting/table-size.ts'
import type { TaskSight } from '../../shared/waiting/task-sight.ts'
import { etaText, paceOf } from './pace.ts'
import { loadGantt, progressPlots } from './plots.ts'
import { progressLine, progressOf, type Progress } from './progress.ts'
import { spokenBytes, spokenDuration } from './spoken.ts'

const at = (elapsedMs: number, rows: number, more: Partial<Progress> = {}): Progress => ({
  elapsedMs,
  loadMs: elapsedMs,
  rows,
  loaded: 3,
  total: 41,
  errored: 0,
  bytes: null,
  totalBytes: null,
  longestMs: null,
  ...more,
})

/** A look every ten seconds at a load of 100 GB; the rate of each of the given minutes in MB/s. */
function minutes(...rates: number[]): Progress[] {
  let bytes = 0
  const samples = [at(0, 0, { bytes, totalBytes: 100e9 })]
  for (const [minute, rate] of rates.entries()) {
    for (let tens = 1; tens <= 6; tens += 1) {
      bytes += rate * 1e7
      samples.push(at((minute * 60 + tens * 10) * 1000, bytes / 100, { bytes, totalBytes: 100e9 }))
    }
  }
  return samples
}

describe('the line', () => {
  test('has a fixed shape', () => {
    expect(progressLine([...minutes(20, 25, 30), at(4_320_000, 1_204_993_112)])).toBe(
      'full-load 3/41 tables  rows 1,204,993,112  bytes unknown  rate unknown  ETA unknown  errored 0  elapsed 1h12m',
    )
    expect(progressLine(minutes(20, 25, 20, 30, 25))).toBe(
      'full-load 3/41 tables  rows 72,000,000  bytes ≈ 7.2 GB of 100 GB  rate 240,000 rows/s  ETA 51–78 min  errored 0  elapsed 5m',
    )
  })
})

describe('time left', () => {
  test.each<[string, Progress[], string | RegExp]>([
    ['one look', minutes(), /no more than 0 s/u],
    ['less than a minute and a half', minutes(20), /no more than 60 s/u],
    ['sizes that are not known', [at(0, 0), at(60_000, 10)], /sizes of the tables/u],
    ['a load that stands still for a while', minutes(20, 0, 0, 20), /unevenly/u],
    ['more than was there', [at(0, 0, { bytes: 5, totalBytes: 4 })], /have grown/u],
  ])('unknown: %s', (_, samples, reason) => {
    const { eta } = paceOf(samples)
    expect(eta).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) as string })
    expect(etaText(eta)).toBe('ETA unknown')
  })

  test('the true end lies in the range, though the rate varies', () => {
    const rates = Array.from({ length: 60 }, (_, minute) => 20 + 8 * Math.sin(minute))
    const whole = minutes(...rates)
    const endMs = (whole.find(({ bytes }) => (bytes ?? 0) >= 60e9)?.elapsedMs ?? Number.NaN) - 900_000
    const seen = whole.slice(0, 91).map((sample) => ({ ...sample, totalBytes: 60e9 }))
    const { eta } = paceOf(seen)
    expect(eta.kind).toBe('range')
    if (eta.kind !== 'range') return
    expect(eta.lowMs).toBeLessThan(endMs)
    expect(eta.highMs).toBeGreaterThan(endMs)
  })

  test('one large table at its own rate takes longer than the rest together', () => {
    const samples = minutes(100, 100, 100)
    const last = samples.at(-1)
    const { eta } = paceOf([...samples.slice(0, -1), { ...(last ?? at(0, 0)), longestMs: 7_200_000 }])
    expect(etaText(eta)).toBe('ETA 2–2.1 h')
  })
})

describe('bytes', () => {
  const table = (name: string, TableState: string, FullLoadRows: number) =>
    parseTableStatistic({
      SchemaName: 'shop',
      TableName: name,
      TableState,
      FullLoadRows,
      FullLoadStartTime: new Date(1_000_000),
    })
  const sight: TaskSight = {
    task: parseTask({
      ReplicationTaskIdentifier: 'shop-1',
      ReplicationTaskArn: 'arn',
      ReplicationInstanceArn: 'rep',
      SourceEndpointArn: 's',
      TargetEndpointArn: 't',
      Status: 'running',
      MigrationType: 'full-load-and-cdc',
      ReplicationTaskStats: { FullLoadStartDate: new Date(1_000_000) },
    }),
    state: { kind: 'running' },
    tables: [
      table('done', 'Table completed', 7),
      table('half', 'Full load', 500),
      table('more', 'Full load', 9999),
      table('never_analysed', 'Full load', 10),
      table('queued', 'Before load', 0),
    ],
  }
  const sizes: SourceSizes = new Map(
    Object.entries({
      done: { bytes: 1000, rows: 10 },
      half: { bytes: 2000, rows: 1000 },
      more: { bytes: 1000, rows: 100 },
      never_analysed: { bytes: 500, rows: null },
      queued: { bytes: 800, rows: 80 },
    }).map(([name, size]) => [sizeKey({ schema: 'shop', table: name }), size]),
  )
  const by = { expectation: { planned: undefined, instances: new Map() }, elapsedMs: 5000, now: 1_100_000 }

  test('a table in load counts with the share of its rows, one that was never analysed when it is done', () => {
    const progress = progressOf([sight], { ...by, sizes })
    expect(progress.bytes).toBe(1000 + 1000 + 990)
    expect(progress.totalBytes).toBe(5300)
    const within = { ...sight, tables: sight.tables.filter((one) => one.table !== 'more') }
    expect(progressOf([within], { ...by, sizes }).longestMs).toBe(100_000)
  })

  test('a table that has outgrown its estimate by far makes the end unknown', () => {
    const last = progressOf([sight], { ...by, sizes })
    const samples = [0, 1, 2, 3, 4].map((index) => ({
      ...last,
      elapsedMs: index * 30_000,
      bytes: (last.bytes ?? 0) - 400 + index * 100,
    }))
    expect(paceOf(samples).eta).toEqual({
      kind: 'unknown',
      reason: expect.stringContaining('more rows than its statistics say') as string,
    })
    const within = samples.map((sample) => ({ ...sample, longestMs: 1000 }))
    expect(paceOf(within).eta.kind).toBe('range')
  })

  test('the load is older than this wait', () => {
    expect(progressOf([sight], { ...by, sizes }).loadMs).toBe(100_000)
  })

  test('without sizes there are none', () => {
    const progress = progressOf([sight], { ...by, sizes: undefined })
    expect([progress.bytes, progress.totalBytes]).toEqual([null, null])
  })

  test('the tables that took longest stand in a Gantt chart, whatever they are called', () => {
    const odd = { ...sight, tables: [...sight.tables, table('a:b;c#d,', 'Full load', 1)] }
    const gantt = loadGantt([odd], 1_100_000)
    expect(gantt).toContain('  section shop-1\n')
    expect(gantt).toContain('  shop.half :active, 1000000, 1100000\n')
    expect(gantt).toContain('  shop.a_b_c_d_ :active,')
  })
})

test.each([
  [900, '0.9s'],
  [61_000, '1m'],
  [3_600_000, '1h00m'],
])('%d ms reads %s', (ms, text) => {
  expect(spokenDuration(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [41_249_000_000, '41.2 GB'],
  [120_000_000_000, '120 GB'],
])('%d bytes read %s', (bytes, text) => {
  expect(spokenBytes(bytes)).toBe(text)
})

describe('the plots', () => {
  test('rows have at most 30 points, and end with the last look', () => {
    const plot = progressPlots(Array.from({ length: 500 }, (_, index) => at(index * 1000, index * 10)))
    const [rows, rates] = [...plot.matchAll(/line \[(.*)\]/gu)].map(([, line = '']) => line.split(', '))
    expect(rows?.length).toBe(30)
    expect(rows?.[0]).toBe('0')
    expect(rows?.at(-1)).toBe('4990')
    expect(new Set(rates)).toEqual(new Set(['10']))
  })

  test('a run that took over begins where the load was', () => {
    const plot = progressPlots([0, 60_000, 120_000].map((ms) => at(ms, ms, { loadMs: ms + 3_600_000 })))
    expect(plot).toContain('"minutes since the load began" 60.0 --> 62.0')
  })

  test('there is no plot of nothing', () => {
    expect(progressPlots([at(0, 0), at(1, 0), at(2, 0)])).toBe('')
    expect(progressPlots([at(0, 5)])).toBe('')
  })
})
