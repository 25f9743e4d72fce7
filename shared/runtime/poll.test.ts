import { expect, test } from 'vitest'
import type { Clock } from './clock.ts'
import { poll } from './poll.ts'

/** A clock that only sleeping moves. */
function heldClock(): Clock & { readonly sleeps: number[] } {
  let time = 0
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => time,
    elapsed: () => time,
    sleep: (ms) => {
      sleeps.push(ms)
      time += ms
      return Promise.resolve()
    },
  }
}
const options = (clock: Clock, deadlineMs = 3_600_000) => ({
  clock,
  signal: new AbortController().signal,
  deadlineMs,
  what: 'the load',
  remedy: 'Look.',
})

test('what is done at the first look does not wait', async () => {
  const clock = heldClock()
  await expect(poll(() => Promise.resolve({ done: true, value: 5 }), options(clock))).resolves.toBe(5)
  expect(clock.sleeps).toEqual([])
})

test('pauses grow to 30 s while nothing changes, and an hour of that is at most 150 looks', async () => {
  const clock = heldClock()
  let looks = 0
  const forever = () => {
    looks += 1
    return Promise.resolve({ done: false as const, reason: 'waiting', progress: 'same' })
  }
  await expect(poll(forever, options(clock))).rejects.toMatchObject({ code: 'timeout' })
  expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(33_000)
  expect(Math.max(...clock.sleeps)).toBeGreaterThan(25_000)
  expect(looks).toBeLessThanOrEqual(150)
})

test('progress makes it quick again', async () => {
  const clock = heldClock()
  let looks = 0
  await poll(() => {
    looks += 1
    return Promise.resolve(
      looks > 30
        ? { done: true, value: 0 }
        : { done: false, reason: 'r', progress: looks < 20 ? 'same' : String(looks) },
    )
  }, options(clock))
  expect(clock.sleeps[18]).toBeGreaterThan(20_000)
  expect(clock.sleeps[20]).toBeLessThan(300)
})

test('a timeout says what was waited for and why', async () => {
  await expect(
    poll(
      () => Promise.resolve({ done: false, reason: '2 of 41 tables', progress: '' }),
      options(heldClock(), 1000),
    ),
  ).rejects.toThrow(/the load .* 2 of 41 tables/)
})

test('cancellation ends it before the next look', async () => {
  const cancelled = { ...options(heldClock()), signal: AbortSignal.abort() }
  await expect(poll(() => Promise.reject(new Error('looked')), cancelled)).rejects.toMatchObject({
    code: 'cancelled',
  })
})
