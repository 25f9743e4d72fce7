import { expect, test } from 'vitest'
import { windowSchema } from '../migration/window-schema.ts'
import { judgeWindow } from './window.ts'

const at = (iso: string) => Date.parse(iso)
const fields = (window: object, iso: string) =>
  judgeWindow(windowSchema.parse(window), at(iso)).map(({ field }) => field)

test.each([
  ['no window', null, []],
  ['before it opens', { 'not-before': '2026-03-01T02:00:00+01:00' }, ['cutover.window.not-before']],
  ['at the moment it opens', { 'not-before': '2026-03-01T01:30:00+01:00' }, []],
  ['after it closed', { 'not-after': '2026-03-01T00:29:59Z' }, ['cutover.window.not-after']],
  ['at the moment it closes', { 'not-after': '2026-03-01T00:30:00Z' }, []],
] as const)('%s', (_, window, refused) => {
  const found = judgeWindow(window === null ? null : windowSchema.parse(window), at('2026-03-01T00:30:00Z'))
  expect(found.map(({ field }) => field)).toEqual(refused)
})

test.each([
  ['02:00-04:00', 'Europe/Berlin', '2026-01-10T01:00:00Z', true],
  ['02:00-04:00', 'Europe/Berlin', '2026-01-10T00:59:59Z', false],
  ['02:00-04:00', 'Europe/Berlin', '2026-01-10T03:00:00Z', false],
  // Summer: the same wall clock is an hour earlier in UTC.
  ['02:00-04:00', 'Europe/Berlin', '2026-07-10T00:00:00Z', true],
  ['02:00-04:00', 'Europe/Berlin', '2026-07-10T02:30:00Z', false],
  ['23:00-01:00', 'UTC', '2026-01-10T23:30:00Z', true],
  ['23:00-01:00', 'UTC', '2026-01-11T00:59:00Z', true],
  ['23:00-01:00', 'UTC', '2026-01-11T01:00:00Z', false],
  ['23:00-01:00', 'UTC', '2026-01-10T12:00:00Z', false],
  ['00:00-00:30', 'UTC', '2026-01-10T00:00:00Z', true],
])('%s in %s at %s: %s', (daily, zone, iso, inside) => {
  expect(fields({ daily, zone }, iso)).toEqual(inside ? [] : ['cutover.window.daily'])
})

test('the refusal names both times, and whose clock it is', () => {
  expect(
    judgeWindow(windowSchema.parse({ 'not-before': '2026-03-01T02:00:00Z' }), at('2026-02-01T00:00:00Z')),
  ).toEqual([
    {
      field: 'cutover.window.not-before',
      message:
        'it is 2026-02-01T00:00:00.000Z by the database’s clock: the window opens at 2026-03-01T02:00:00Z',
      remedy: 'Start the run again then; an approval must be given for that run.',
    },
  ])
})

test.each([
  ['nothing in it', {}, 'is needed, or `not-after`, or `daily`'],
  ['no zone in a moment', { 'not-before': '2026-03-01T02:00:00' }, 'must be a date and time with its zone'],
  [
    'an end before its beginning',
    { 'not-before': '2026-03-02T00:00:00Z', 'not-after': '2026-03-01T00:00:00Z' },
    'must be later than `not-before`',
  ],
  ['a time of the day without its zone', { daily: '02:00-04:00' }, '`daily` and `zone` go together'],
  ['a zone alone', { zone: 'UTC' }, '`daily` and `zone` go together'],
  ['a zone that does not exist', { daily: '02:00-04:00', zone: 'Mars/Olympus' }, 'must be a time zone'],
  ['an hour that does not exist', { daily: '22:00-24:00', zone: 'UTC' }, 'must be two times of the day'],
  ['a window of no length', { daily: '02:00-02:00', zone: 'UTC' }, 'must have two different times'],
])('a file with %s is wrong', (_, window, message) => {
  const read = windowSchema.safeParse(window)
  expect(read.error?.issues.map((issue) => issue.message).join('\n')).toContain(message)
})
