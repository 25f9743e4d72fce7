import { expect, test } from 'vitest'
import type { Clock } from '../runtime/clock.ts'
import { callBudget } from './call-budget.ts'

function handClock(): Clock & { at: number } {
  const clock = {
    at: 0,
    now: () => clock.at,
    elapsed: () => clock.at,
    sleep: async (ms: number) => {
      clock.at += ms
    },
  }
  return clock
}

test('an hour of looks that each take 7 calls stays within 1,200 calls', async () => {
  const clock = handClock()
  const budget = callBudget(clock)
  while (clock.at < 3_600_000) {
    await budget.take(7, new AbortController().signal)
    clock.at += 250
  }
  expect(budget.taken).toBeGreaterThan(1100)
  expect(budget.taken).toBeLessThanOrEqual(1207)
})

test('the first looks do not wait', async () => {
  const clock = handClock()
  const budget = callBudget(clock)
  for (let look = 0; look < 100; look += 1) await budget.take(2, new AbortController().signal)
  expect(clock.at).toBe(0)
})
