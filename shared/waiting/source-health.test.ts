import { describe, expect, test } from 'vitest'
import { lsnDistance, retainedBytes, slotOfTask, walDeadline, type SourceHealth } from './source-health.ts'

const slot = (name: string, retained: string | null, safe: string | null = null) => ({
  name,
  active: true,
  confirmedLsn: '0/1',
  retainedBytes: retained,
  walStatus: 'reserved',
  safeBytes: safe,
})
const health = (at: number, walLsn: string, slots: SourceHealth['slots'] = []): SourceHealth => ({
  at,
  walLsn,
  slots,
  mayMonitor: true,
  longest: null,
  prepared: { count: 0, seconds: 0 },
})

test('the distance of two positions crosses the boundary of 4 GB', () => {
  expect(lsnDistance('0/FFFFFFFF', '1/0')).toBe(1n)
  expect(lsnDistance('16/B374D848', '16/B374D848')).toBe(0n)
})

test('a task’s slot begins with its external id', () => {
  const slots = [slot('other_1', '0'), slot('y2r2kwwlcfenfe4l_00016413_93278367', '0')]
  expect(slotOfTask(slots, 'Y2R2KWWLCFENFE4LQQQQ')?.name).toBe('y2r2kwwlcfenfe4l_00016413_93278367')
  expect(slotOfTask(slots, 'ZZZ')).toBeUndefined()
})

test('what is retained is what the last slot retains', () => {
  expect(
    retainedBytes(health(0, '0/0', [slot('a', '10'), slot('b', '9007199254740993'), slot('c', null)])),
  ).toBe(9007199254740993n)
})

describe('walDeadline', () => {
  test('free storage at the present rate', () => {
    const deadline = walDeadline(health(0, '0/0'), health(10_000, '0/A00000'), 3_774_873_600)
    expect(deadline).toEqual({ bytesPerSecond: 1_048_576, seconds: 10, hoursLeft: 1 })
  })

  test('the smaller of storage and the slot’s own limit', () => {
    const last = health(10_000, '0/A00000', [slot('a', '0', '1887436800')])
    expect(walDeadline(health(0, '0/0'), last, 3_774_873_600).hoursLeft).toBe(0.5)
  })

  test('unknown where no limit is known, or nothing is written', () => {
    expect(walDeadline(health(0, '0/0'), health(10_000, '0/A00000'), null).hoursLeft).toBeNull()
    expect(walDeadline(health(0, '0/0'), health(10_000, '0/0'), 1).hoursLeft).toBeNull()
  })
})
