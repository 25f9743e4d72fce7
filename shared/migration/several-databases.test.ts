import { expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { databasesOf, parseMigration, readGivenMigration } from './migration-file.ts'

const good = `name: shop
source: { secret: shop/source, rds-instance: shop-postgres }
target: { secret: shop/target, rds-cluster: shop-aurora }
dms:
  replication-instance: ri
  source: { secret: shop/dms-source }
  tasks: { max: 2 }
tables: { include: ['%.%'] }
cutover: { application-roles: [shop_app], fall-back: false, freeze-budget: 20s }
databases:
  orders:
    dms: { target: { secret: orders/dms } }
    cutover: { switch: [{ secret: orders/app }] }
  Billing_EU:
    source: { url-env: BILLING_URL }
    target: { database: billing }
    dms: { serverless: { max-capacity: 8 }, target: { secret: billing/dms } }
    tables: { include: ['billing.%'], exclude: ['billing.old'] }
    cutover: { application-roles: [billing_app], switch: [{ secret: billing/app }] }
`

function problems(text: string, database = 'orders'): string[] {
  try {
    parseMigration(text, 'shop.yml', database)
    return []
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error
    return error.problems.map(({ line, field, message }) => `${line ?? '-'}: ${field}: ${message}`)
  }
}

test('each database is a migration of its own, with what the file says for all and for it', () => {
  expect(databasesOf(good, 'shop.yml')).toEqual(['orders', 'Billing_EU'])
  expect(parseMigration(good, 'shop.yml', 'orders')).toMatchObject({
    name: 'shop-orders',
    source: { secret: 'shop/source', 'rds-instance': 'shop-postgres', database: 'orders' },
    target: { database: 'orders' },
    dms: { 'replication-instance': 'ri', target: { secret: 'orders/dms' }, tasks: { max: 2 } },
    cutover: { 'application-roles': ['shop_app'], 'freeze-budget': 20_000 },
  })
  const billing = parseMigration(good, 'shop.yml', 'Billing_EU')
  expect(billing).toMatchObject({
    name: 'shop-billing-eu',
    source: { 'url-env': 'BILLING_URL', 'rds-instance': 'shop-postgres', database: 'Billing_EU' },
    target: { secret: 'shop/target', database: 'billing' },
    dms: { serverless: { 'max-capacity': 8 }, tasks: { max: 2 } },
    tables: { include: ['billing.%'], exclude: ['billing.old'] },
    cutover: { 'application-roles': ['billing_app'], 'freeze-budget': 20_000 },
  })
  // Another way to log in, and another thing to run on, take the place of the common one.
  expect(billing.source).not.toHaveProperty('secret')
  expect(billing.dms).not.toHaveProperty('replication-instance')
  expect(billing).not.toHaveProperty('databases')
})

test('nothing is left over from one database to the next, and a choice is replaced as a whole', () => {
  const text = good
    .replace('tables:', 'schema: { command: [make, schema] }\ntables:')
    .replace('    source: {', '    schema: { dump: { roles: true } }\n    source: {')
  expect(parseMigration(text, 'shop.yml', 'orders').schema).toMatchObject({ command: ['make', 'schema'] })
  expect(parseMigration(text, 'shop.yml', 'Billing_EU').schema).toEqual({ dump: { roles: true } })
})

test('which database is asked where there are several, and refused where there are none', () => {
  const parse = (text: string, database?: string) => () => parseMigration(text, 'shop.yml', database)
  expect(parse(good)).toThrow(
    'input database is missing: the migration file has several (orders, Billing_EU)',
  )
  expect(parse(good, 'order')).toThrow('the migration file has no database order')
  expect(problemsWithRemedy(good, 'order')).toEqual(['Did you mean orders?'])
  expect(problemsWithRemedy(good, 'warehouse')).toEqual(['Use one of: orders, Billing_EU.'])
  const one = good
    .slice(0, good.indexOf('databases:'))
    .replace('shop/dms-source }', 'a }\n  target: { secret: b }')
    .replace('20s }', '20s, switch: [{ secret: shop/app }] }')
  expect(databasesOf(one, 'shop.yml')).toEqual([])
  expect(parse(one, 'orders')).toThrow('input database is set, but the migration file has no `databases`')
  expect(parse(one)().name).toBe('shop')
})

test('a database of no file is refused', async () => {
  await expect(readGivenMigration(undefined, 'orders')).rejects.toThrow(
    'input database is set without a migration file',
  )
  await expect(readGivenMigration(undefined, undefined)).resolves.toBeUndefined()
})

function problemsWithRemedy(text: string, database: string): string[] {
  try {
    parseMigration(text, 'shop.yml', database)
    return []
  } catch (error) {
    return error instanceof MigrationError ? error.problems.map(({ remedy }) => remedy) : []
  }
}

test('a problem in the part of a database has the line of that part, whichever database is asked for', () => {
  const text = good
    .replace('{ application-roles: [billing_app], switch', '{ application-roles: [], swich')
    .replace('{ max-capacity: 8 }', '{ max-capacity: 9 }')
    .replace("exclude: ['billing.old']", 'exclude: [old]')
  for (const database of ['orders', 'Billing_EU', 'nobody'])
    expect(problems(text, database)).toEqual([
      '17: databases.Billing_EU.dms.serverless.max-capacity: databases.Billing_EU.dms.serverless.max-capacity must be `1` or `2` or `4` or `8` or `16` or `32` or `64` or `128` or `192` or `256` or `384`',
      '18: databases.Billing_EU.tables.exclude[0]: databases.Billing_EU.tables.exclude[0] must be schema.table, for example `public.%`',
      '19: databases.Billing_EU.cutover.application-roles: databases.Billing_EU.cutover.application-roles must have at least 1 item',
      '19: databases.Billing_EU.cutover.swich: unknown key swich',
    ])
})

test('a problem in the common part is said once, at its own line', () => {
  expect(
    problems(good.replace('freeze-budget: 20s', 'freeze-budget: soon').replace('name:', 'nmae:')),
  ).toEqual([
    '1: nmae: unknown key nmae',
    '9: cutover.freeze-budget: cutover.freeze-budget must be a number with a unit, for example `30s`, `5m` or `2h30m`',
  ])
})

test('a wrong common name is said once', () => {
  expect(problems(good.replace('name: shop', 'name: Shop'))).toEqual([
    '1: name: name must be 1 to 40 lower-case letters, digits and single hyphens, and start with a letter',
  ])
})

test('what is missing is asked for in the part of the database that lacks it', () => {
  expect(problems(good.replace('dms: { target: { secret: orders/dms } }', 'dms: { target: {} }'))).toEqual([
    '12: databases.orders.dms.target.secret: databases.orders.dms.target.secret is missing',
  ])
})

test('databases must not share what the cutover of one takes from the other', () => {
  const shared = good.replace('billing/dms', 'orders/dms').replace('billing/app', 'orders/app')
  expect(problems(shared)).toEqual([
    '17: databases.Billing_EU.dms.target.secret: databases.Billing_EU and databases.orders have the same dms.target.secret: the cutover of one locks this login out of the whole server, and would stop the replication of the other',
    '19: databases.Billing_EU.cutover.switch[0].secret: databases.Billing_EU and databases.orders have the same cutover.switch[0].secret: the cutover of one would send the clients of the other to a target that is not open yet',
  ])
  const common = good
    .replace('dms: { target: { secret: orders/dms } }', 'prepare: auto')
    .replace(', target: { secret: billing/dms }', '')
    .replace('  tasks: {', '  target: { secret: all/dms }\n  tasks: {')
  expect(problems(common)).toEqual([
    '7: dms.target.secret: databases.Billing_EU and databases.orders have the same dms.target.secret: the cutover of one locks this login out of the whole server, and would stop the replication of the other',
  ])
})

test('the names of the databases are their keys, and make names that AWS takes', () => {
  const named = good
    .replace('rds-instance: shop-postgres }', 'rds-instance: shop-postgres, database: shop }')
    .replace('    source: { url-env', '    source: { database: other, url-env')
  expect(problems(named)).toEqual([
    '2: source.database: source.database is given beside `databases`, whose keys name the databases',
    '15: databases.Billing_EU.source.database: databases.Billing_EU.source.database is given beside `databases`, whose keys name the databases',
  ])
  const long = good.replace('Billing_EU', 'a'.repeat(40))
  expect(problems(long)).toEqual([
    `14: databases.${'a'.repeat(40)}: databases.${'a'.repeat(40)} would be the migration shop-${'a'.repeat(40)}: its name must be 1 to 40 lower-case letters, digits and single hyphens, and start with a letter`,
  ])
  expect(problems(long.replace('    source: {', '    name: billing\n    source: {'))).toEqual([])
  expect(problems(good.replace('Billing_EU', '$orders'))).toEqual([
    '14: databases."$orders": databases."$orders" and databases.orders have the same name: tasks, tags and the control schema go by it',
  ])
})

test('what makes a whole server is refused', () => {
  const text = good
    .replace('tables:', 'load: { by: aurora-clone, class: db.r6g.large }\ntables:')
    .replace('rds-instance:', 'rds-cluster:')
  expect(problems(text)).toEqual([
    '8: load.by: load.by makes a whole server, which cannot be done once for each of several databases',
  ])
})

test.each(['databases:', 'databases: {}', 'databases: [orders]', 'databases: orders'])(
  '%s is refused',
  (said) => {
    expect(problems(good.slice(0, good.indexOf('databases:')) + said)).toEqual([
      '10: databases: databases must be a mapping from names of databases to what is other for each',
    ])
  },
)

test('a part that is no mapping is refused at its line', () => {
  expect(problems(`${good}  third: 5\n`)).toEqual([
    '20: databases.third: databases.third must be a mapping with keys',
  ])
})

test('a misspelt `databases` is named', () => {
  expect(problemsWithRemedy(good.replace('databases:', 'database:'), 'orders')).toContain(
    'Did you mean databases?',
  )
})

test('two databases do not share the login that writes the source on the way back', () => {
  const shared = good
    .replace(', fall-back: false', '')
    .replace(
      '  tasks: {',
      '  reverse: { source: { secret: back/source }, target: { secret: back/target } }\n  tasks: {',
    )
  expect(problems(shared)).toEqual([
    '7: dms.reverse.source.secret: databases.Billing_EU and databases.orders have the same dms.reverse.source.secret: falling back with one locks this login out of the whole server, and would close the way back of the other',
  ])
  const own = shared.replace(
    'target: { secret: billing/dms } }',
    'target: { secret: billing/dms }, reverse: { source: { secret: billing/back } } }',
  )
  expect(problems(own)).toEqual([])
  expect(parseMigration(own, 'shop.yml', 'Billing_EU').dms.reverse).toMatchObject({
    source: { secret: 'billing/back' },
    target: { secret: 'back/target' },
  })
})
