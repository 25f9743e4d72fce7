import { expect, test } from 'vitest'
import { settingOf } from './role-setting.ts'
import { millisecondsOf } from './setting-value.ts'

test.each([
  ['0', 0],
  ['1500', 1500],
  ['30s', 30_000],
  ['5 min', 300_000],
  ['60000 ms', 60_000],
  ['1h', 3_600_000],
  ['on', 0],
])('%s is %s ms', (value, ms) => {
  expect(millisecondsOf(value)).toBe(ms)
})

test('the narrowest line wins: role in database, role, database', () => {
  const line = (role: string | null, inDatabase: boolean, value: string) => ({
    role,
    inDatabase,
    name: 'search_path',
    value,
  })
  const all = [
    line(null, true, 'c'),
    line('app', false, 'b'),
    line('app', true, 'a'),
    line('other', true, 'x'),
  ]
  expect(settingOf(all, 'app', 'search_path')).toBe('a')
  expect(settingOf(all.slice(0, 2), 'app', 'Search_Path')).toBe('b')
  expect(settingOf(all.slice(0, 1), 'app', 'search_path')).toBe('c')
  expect(settingOf(all, 'app', 'statement_timeout')).toBeUndefined()
})
