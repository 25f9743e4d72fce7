import { expect, test } from 'vitest'
import { describeSchedule, scheduleOf } from './schedule.ts'

const can = { directions: ['forward', 'back'], abort: true } as const

test('a seed always gives the same schedule, and another one another', () => {
  expect(scheduleOf(7, can)).toEqual(scheduleOf(7, can))
  const different = new Set(
    Array.from({ length: 200 }, (_, seed) => JSON.stringify(scheduleOf(seed, can).events)),
  )
  expect(different.size).toBeGreaterThan(190)
})

test('three hundred seeds hold every trouble, both directions, every aftermath', () => {
  const schedules = Array.from({ length: 300 }, (_, index) => scheduleOf(index + 1, can))
  const kinds = new Set(schedules.flatMap(({ events }) => events.map(({ trouble }) => trouble.kind)))
  expect([...kinds].toSorted()).toEqual([
    'autovacuum',
    'aws-cut',
    'aws-error',
    'cut',
    'ddl',
    'delay',
    'failover',
    'kill',
    'long-transaction',
    'reset',
    'restart',
    'second-run',
    'stop',
    'throttle',
  ])
  expect(new Set(schedules.map(({ direction }) => direction)).size).toBe(2)
  expect(new Set(schedules.map(({ aftermath }) => aftermath)).size).toBe(3)
})

test('its description names the seed and every trouble', () => {
  const schedule = scheduleOf(3, can)
  const text = describeSchedule(schedule)
  expect(text).toContain('seed 3')
  for (const { trouble } of schedule.events) expect(text).toContain(JSON.stringify(trouble))
})
