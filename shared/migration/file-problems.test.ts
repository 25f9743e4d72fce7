import { expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { didYouMean } from './did-you-mean.ts'
import { nameOf } from './file-problems.ts'
import { parseMigration } from './migration-file.ts'

const good = `name: shop
source: { secret: a }
target: { secret: b }
dms:
  replication-instance: ri
  source: { secret: c, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: d, access-role: 'arn:aws:iam::000000000000:role/dms' }
tables: { include: ['shop.%'] }
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }], fall-back: false }
`

function refusalOf(text: string): MigrationError | undefined {
  try {
    parseMigration(text, 'shop.yml')
    return undefined
  } catch (error) {
    if (error instanceof MigrationError) return error
    throw error
  }
}

test('problems carry the value, cut short, and the file', () => {
  expect(refusalOf(good.replace('name: shop', `name: ${'X'.repeat(500)}`))?.problems[0]).toMatchObject({
    field: 'name',
    file: 'shop.yml',
    line: 1,
    value: 'X'.repeat(200),
  })
})

test('a URL with a password that stands in the wrong place is not repeated', () => {
  const error = refusalOf(good.replace('{ secret: a }', '{ url-env: "postgres://shop:hunter2@db/shop" }'))
  expect(error?.problems.map(({ field }) => field)).toEqual(['source.url-env'])
  expect(JSON.stringify(error?.problems)).not.toContain('hunter2')
})

test('paths are written as people write them', () => {
  expect(nameOf([])).toBe('migration')
  expect(nameOf(['cutover', 'switch', 0, 'secret'])).toBe('cutover.switch[0].secret')
  expect(nameOf(['databases', 'Shop EU', 'dms'])).toBe('databases."Shop EU".dms')
})

test.each([
  ['replicationInstance', 'replication-instance'],
  ['Secret', 'secret'],
  ['endpont', 'endpoint'],
  ['clone', 'aurora-clone'],
  ['secret-arn', 'secret'],
  ['zzz', undefined],
  ['x', undefined],
  ['', undefined],
])('%s means %s', (word, meant) => {
  expect(didYouMean(word, ['secret', 'endpoint', 'replication-instance', 'aurora-clone'])).toBe(meant)
})
