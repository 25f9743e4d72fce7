import { describe, expect, test } from 'vitest'
import { expectations } from './expected.ts'
import type { MeantDifferences, ParityDifference } from './parity-item.ts'

const saved = (kind: string, definition: unknown): MeantDifferences['saved'][number] => ({
  kind,
  object: 'as saved',
  definition,
})
const difference = (
  kind: string,
  name: string,
  how: ParityDifference['how'],
  source: string | null = null,
  target: string | null = null,
): ParityDifference => ({ kind, name, how, source, target })

const orders = { schema: 'shop', table: 'orders' }
const parents = new Map([['shop.views_2026', 'shop.views']])
const why = expectations(
  {
    saved: [
      saved('guard', {
        keep: ['dms_target'],
        grants: [
          { grantor: 'owner', grantee: '', grantable: false },
          { grantor: 'owner', grantee: 'app', grantable: true },
        ],
      }),
      saved('trigger', { ...orders, name: 'audit', enabled: 'O' }),
      saved('trigger', { ...orders, name: 'always', enabled: 'A' }),
      saved('foreign-key', { ...orders, name: 'orders_customer_fkey' }),
      saved('index', { schema: 'shop', table: 'Odd Name', name: 'odd_idx' }),
      saved('not-null', { schema: 'shop', table: 'views', column: 'detail' }),
      saved('post-data', { sql: 'CREATE POLICY own ON shop.orders;\nCREATE TRIGGER "Late One" AFTER …' }),
    ],
    ownRoles: ['dms_target', 'migrator'],
    planned: undefined,
  },
  parents,
)

describe('what the control schema says is meant', () => {
  test.each([
    [
      'a disabled trigger',
      difference('trigger state', 'shop.orders: audit', 'different', 'enabled', 'disabled'),
    ],
    [
      'one that is always to fire',
      difference('trigger state', 'shop.orders: always', 'different', 'always', 'disabled'),
    ],
    [
      'a foreign key that is away',
      difference('constraint', 'shop.orders: orders_customer_fkey', 'missing', 'FOREIGN KEY …'),
    ],
    [
      'one that is back and not validated',
      difference(
        'constraint',
        'shop.orders: orders_customer_fkey',
        'different',
        'FOREIGN KEY …',
        'FOREIGN KEY … NOT VALID',
      ),
    ],
    [
      'one that a partition carries',
      difference('constraint', 'shop.orders_1: orders_customer_fkey', 'surplus'),
    ],
    ['an index, whatever the quotes', difference('index', 'shop."Odd Name": odd_idx', 'missing')],
    ['NOT NULL of the table', difference('not null', 'shop.views: detail', 'missing', 'not null')],
    ['NOT NULL of its partition', difference('not null', 'shop.views_2026: detail', 'missing', 'not null')],
    ['what the dumped schema has for later', difference('trigger', 'shop.orders: "Late One"', 'missing')],
    [
      'CONNECT of everybody',
      difference('grant', 'database to PUBLIC', 'different', 'CONNECT, TEMPORARY', 'TEMPORARY'),
    ],
    [
      'CONNECT with its option',
      difference('grant', 'database to app', 'missing', 'CONNECT WITH GRANT OPTION'),
    ],
    [
      'rights of DMS’s login',
      difference('grant', 'table shop.orders to dms_target', 'surplus', null, 'INSERT'),
    ],
  ])('%s', (_, one) => {
    expect(why(one)).toMatch(/\w/u)
  })
})

describe('what only looks like it', () => {
  test.each([
    [
      'a trigger that somebody else disabled',
      difference('trigger state', 'shop.orders: other', 'different', 'enabled', 'disabled'),
    ],
    [
      'one whose saved state is another one',
      difference('trigger state', 'shop.orders: audit', 'different', 'always', 'disabled'),
    ],
    [
      'a foreign key with another text',
      difference(
        'constraint',
        'shop.orders: orders_customer_fkey',
        'different',
        'FOREIGN KEY a',
        'FOREIGN KEY b NOT VALID',
      ),
    ],
    ['an index of the same name elsewhere', difference('index', 'shop.orders: odd_idx', 'missing')],
    ['NOT NULL of another column', difference('not null', 'shop.views: id', 'missing', 'not null')],
    ['a policy whose name is only a part of a word', difference('policy', 'shop.orders: ow', 'missing')],
    ['a table that the dump names', difference('table', 'shop.orders', 'missing')],
    ['more than CONNECT', difference('grant', 'database to PUBLIC', 'different', 'CONNECT, TEMPORARY', null)],
    ['a login that never had it', difference('grant', 'database to stranger', 'missing', 'CONNECT')],
    ['rights of the application', difference('grant', 'table shop.orders to app', 'missing', 'INSERT')],
  ])('%s', (_, one) => {
    expect(why(one)).toBeUndefined()
  })
})
