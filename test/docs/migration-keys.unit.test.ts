import { expect, test } from 'vitest'
import { migrationKeys, withMigrationKeys } from './migration-keys.ts'

const rows = migrationKeys()
const rowOf = (key: string) => rows.find(([name]) => name === `\`${key}\``)

test.each([
  ['text that must be there', 'name', 'text', 'required'],
  ['words', 'source.tls', '`verify-full`, `disable`', '`verify-full`'],
  ['a number', 'dms.tasks.max', 'whole number, 1 to 60', '`1`'],
  ['a duration', 'cutover.watch', 'duration', '`5s`'],
  ['a duration without a default', 'dms.lob.time-budget', 'duration', ''],
  ['a size', 'dms.parallel-load.from', 'size', '`50GB`'],
  ['a list', 'cutover.smoke-test', 'list of text', ''],
  ['keys of the entries of a list', 'waivers[].code', 'text', 'required'],
  ['a word or keys', 'schema', '`existing`, `dump`; or keys', '`existing`'],
  ['one form of several', 'schema.command', 'list of text', ''],
  ['what another key has, too', 'target', 'the keys of `source`', 'required'],
])('%s: %s', (_, key, takes, unlessGiven) => {
  expect(rowOf(key)?.slice(1, 3)).toEqual([takes, unlessGiven])
})

test('where a key says what others go with it, they say so', () => {
  expect(rowOf('load.by')?.[1]).toBe('`dms`, `aurora-clone`, `snapshot`, `existing`')
  expect(rowOf('load.class')?.[3]).toMatch(/^With `aurora-clone` and `snapshot`\. ./u)
  expect(rowOf('load.lsn')?.[3]).toMatch(/^With `existing`\. ./u)
})

test('no key is told twice, and each that takes more than keys has a meaning', () => {
  expect(new Set(rows.map(([key]) => key)).size).toBe(rows.length)
  const silent = rows.filter(([, takes, , meaning]) => meaning === '' && !takes.includes('keys'))
  expect(silent.map(([key]) => key)).toEqual([])
})

test('a document without marks is refused', async () => {
  await expect(withMigrationKeys('# The file\n')).rejects.toThrow('<!-- keys -->')
})
