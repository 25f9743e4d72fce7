import { afterEach, expect, test } from 'vitest'
import {
  choice,
  duration,
  flag,
  list,
  optionalDatabaseUrl,
  optionalText,
  parseDuration,
  readInputs,
  text,
  wholeNumber,
} from './inputs.ts'
import type { MigrationError } from './errors.ts'

const set = (values: Record<string, string>) => {
  for (const [name, value] of Object.entries(values)) process.env[`INPUT_${name.toUpperCase()}`] = value
}
afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('INPUT_')) delete process.env[name]
})

const schema = {
  name: text('x'),
  'dry-run': flag(),
  'max-wait': duration(),
  margin: wholeNumber(0n),
  mode: choice('a', 'b'),
  tags: list(),
  'source-url': optionalDatabaseUrl(),
  note: optionalText(),
}

test('every kind of input is read to its own type', () => {
  set({
    name: 'n',
    'dry-run': 'true',
    'max-wait': '2h30m',
    margin: '9007199254740993',
    mode: 'b',
    tags: 'x, y\nz',
    'source-url': '',
    note: '',
  })
  expect(readInputs(schema)).toEqual({
    name: 'n',
    'dry-run': true,
    'max-wait': 9_000_000,
    margin: 9007199254740993n,
    mode: 'b',
    tags: ['x', 'y', 'z'],
    'source-url': undefined,
    note: undefined,
  })
})

test('all problems come at once, each with field, value and remedy, and no secret', () => {
  set({
    'dry-run': 'yes',
    'max-wait': '5 parsecs',
    margin: '-1',
    mode: 'c',
    'source-url': 'mysql://u:hushhush@h/d',
  })
  const error = catchError(() => readInputs(schema))
  expect(error.problems.map((problem) => problem.field)).toEqual([
    'name',
    'dry-run',
    'max-wait',
    'margin',
    'mode',
    'source-url',
  ])
  expect(error.problems[1]).toMatchObject({
    value: 'yes',
    remedy: expect.stringContaining("'true'") as string,
  })
  expect(JSON.stringify(error.problems)).not.toContain('hushhush')
})

test.each([
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
  ['90', undefined],
  ['s', undefined],
  ['-5s', undefined],
])('the duration %s', (value, ms) => {
  expect(parseDuration(value)).toBe(ms)
})

function catchError(work: () => unknown): MigrationError {
  try {
    work()
  } catch (error) {
    return error as MigrationError
  }
  throw new Error('nothing was thrown')
}
