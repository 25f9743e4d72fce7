import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { databasesOf, parseMigration } from '../../shared/migration/migration-file.ts'
import { localOverlay } from './local-overlay.ts'

const folder = new URL('../../workflows-examples/migrations/', import.meta.url)

test.each(readdirSync(folder))('%s becomes a file for this machine', (name) => {
  const text = localOverlay(readFileSync(new URL(name, folder), 'utf8'), { account: '123456789012' })
  const databases: (string | undefined)[] = databasesOf(text, name)
  for (const database of databases.length === 0 ? [undefined] : databases) {
    const migration = parseMigration(text, name, database)
    expect([migration.source.tls, migration.target.tls, migration.dms['ssl-mode']]).toEqual([
      'disable',
      'disable',
      'none',
    ])
    expect([migration.source.aws, migration.target.aws]).toEqual([undefined, undefined])
    const { source, target, reverse } = migration.dms
    expect(reverse).toBeDefined()
    for (const login of [source, target, reverse?.source, reverse?.target])
      expect(login?.['access-role'] ?? 'arn:aws:iam::123456789012:role/dms-reads-secrets').toBe(
        'arn:aws:iam::123456789012:role/dms-reads-secrets',
      )
  }
})

test('everything that is not said otherwise stays, comments too', () => {
  const original = `# a file
name: shop # its name
source: { secret: a, tls: verify-full, aws: { region: eu-west-1 } }
target:
  secret: b # the target's
dms:
  replication-instance: [ri, other]
  ssl-mode: verify-full
  certificate: arn:aws:dms:eu-west-1:111122223333:cert:CA
  source: { secret: c, access-role: 'arn:aws:iam::111122223333:role/dms' }
  target: { secret: d }
tables: { include: ['shop.%'] }
cutover:
  application-roles: [shop_app]
  switch:
    - secret: app
`
  expect(localOverlay(original, { names: { a: 'left', other: 'ri-2', app: 'shop/app' } })).toBe(`# a file
name: shop # its name
source: { secret: left, tls: disable, aws: { region: eu-west-1 } }
target:
  secret: b # the target's
  tls: disable
dms:
  replication-instance: [ ri, ri-2 ]
  ssl-mode: none
  source: { secret: c, access-role: 'arn:aws:iam::111122223333:role/dms' }
  target: { secret: d }
tables: { include: [ 'shop.%' ] }
cutover:
  application-roles: [ shop_app ]
  switch:
    - secret: shop/app
`)
  expect(
    localOverlay('dms: { replication-instance: { create: { class: dms.r6i.large } }, tasks: { max: 4 } }', {
      set: { 'dms.replication-instance': 'ri', 'dms.tasks.max': 2, 'cutover.switch': [{ secret: 'x' }] },
    }),
  ).toContain('replication-instance: ri, tasks: { max: 2 }')
  expect(
    localOverlay('source: {}\ntarget: {}\nschema: { dump: {} }\n', { set: { schema: undefined } }),
  ).not.toContain('dump')
})

test('several databases are each renamed', () => {
  const text = localOverlay(readFileSync(new URL('databases.yml', folder), 'utf8'), {
    names: { 'shop/target/dms-orders': 'dms-one', 'shop/app/billing': 'app-two' },
  })
  expect(parseMigration(text, 'databases.yml', 'orders').dms.target.secret).toBe('dms-one')
  expect(parseMigration(text, 'databases.yml', 'billing').cutover.switch).toEqual([{ secret: 'app-two' }])
})

test('what is no YAML is thrown', () => {
  expect(() => localOverlay('source: { a')).toThrow(/flow/iu)
})
