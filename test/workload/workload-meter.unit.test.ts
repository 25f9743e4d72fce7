import { expect, it } from 'vitest'
import type { LedgerLine } from './ledger.ts'
import { createMeter } from './workload-meter.ts'

function acknowledged(at: number, writer: string, server: string): LedgerLine {
  return { kind: 'acknowledged', at, writer, seq: 1, server, touched: {}, sequences: {}, rttMs: 1 }
}

it('counts by side, over the last second, and tells the stale writer apart', () => {
  const meter = createMeter()
  meter.count({ kind: 'start', at: 0, writers: 2 })
  meter.count(acknowledged(100, 'w1', 'source:1'))
  meter.count(acknowledged(150, 'stale', 'source:1'))
  meter.count({ kind: 'failed', at: 160, writer: 'w2', seq: 1, code: '57P01' })
  meter.count({ kind: 'refused', at: 170, writer: 'stale', code: '42501' })
  meter.count(acknowledged(1500, 'w1', 'target:2'))
  meter.count(acknowledged(1600, 'w2', 'target:2'))
  expect(meter.progress(1700)).toEqual({
    acknowledged: 4,
    failed: 1,
    inDoubt: 0,
    refused: 1,
    perSecond: 2,
    perSide: { 'source:1': 2, 'target:2': 2 },
    longestGapMs: 1400,
    stale: { state: 'refused', acknowledged: 1, refusals: 1, code: '42501' },
  })
})

it('counts a gap that has not ended, and none before the first write', () => {
  const meter = createMeter()
  expect(meter.progress(5000)).toMatchObject({ longestGapMs: 0, stale: { state: 'starting' } })
  meter.count(acknowledged(6000, 'w1', 'source:1'))
  expect(meter.progress(6300)).toMatchObject({ longestGapMs: 300 })
})
