import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { migrationSchemaText } from './migration-schema.ts'

const schema = z.fromJSONSchema(JSON.parse(migrationSchemaText()) as Parameters<typeof z.fromJSONSchema>[0])
const accepts = (text: string) => schema.safeParse(parse(text)).success

const one = `name: shop
source: { secret: a }
target: { secret: b }
dms: { replication-instance: ri, source: { secret: c }, target: { secret: d } }
tables: { include: ['shop.%'] }
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }] }
`

test.each(readdirSync(new URL('../../workflows-examples/migrations', import.meta.url)))(
  'an editor accepts %s',
  (name) => {
    expect(
      accepts(readFileSync(new URL(`../../workflows-examples/migrations/${name}`, import.meta.url), 'utf8')),
    ).toBe(true)
  },
)

test('an editor asks for what is missing in one migration, and marks keys and values that are wrong', () => {
  expect(accepts(one)).toBe(true)
  expect(accepts(one.replace('name: shop\n', ''))).toBe(false)
  expect(accepts(one.replace('{ secret: a }', '{ sceret: a }'))).toBe(false)
  expect(accepts(one.replace('{ secret: a }', '{ secret: a, tls: no }'))).toBe(false)
  expect(accepts(one.replace('tables', 'load: { by: clone }\ntables'))).toBe(false)
})

test('of several databases each part may hold any key, but no other', () => {
  const several = one
    .replace(', target: { secret: d }', '')
    .concat('databases: { orders: { dms: { target: { secret: d } } }, billing: }\n')
  expect(accepts(several)).toBe(true)
  expect(accepts(several.replace('orders: { dms: {', 'orders: { dms: { traget: 1,'))).toBe(false)
  expect(accepts(several.replace('orders: {', 'orders: { databases: {},'))).toBe(false)
  expect(accepts(several.replace(/databases: .*/u, 'databases: {}'))).toBe(false)
})
