import { describe, expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { parseMigration } from './migration-file.ts'
import { plannedSwitch, switchNames } from './planned-switch.ts'

/** Line 9 on is what is given. */
const file = (
  cutover: string,
  target = '{ secret: b, rds-cluster: shop-aurora }',
  fallBack = false,
) => `name: shop
source: { secret: a }
target: ${target}
dms:
  replication-instance: ri
  source: { secret: c, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: d, access-role: 'arn:aws:iam::000000000000:role/dms' }
tables: { include: ['shop.%'] }
cutover:
  application-roles: [shop_app]
${cutover}  fall-back: ${fallBack}
`

function problemsOf(text: string): string[] {
  try {
    parseMigration(text, 'shop.yml')
    return []
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error
    return error.problems.map(({ line, message, remedy }) => `${line}: ${message} → ${remedy}`)
  }
}

const everyKind = `  switch:
    - secret: shop/app
    - { secret: shop/reports, keys: { url: DATABASE_URL } }
    - { parameter: /shop/db/host, holds: reader-host }
    - { record: db.shop.internal, zone-id: Z0123456789, ttl: 5 }
    - { record: read.shop.internal, zone-id: Z0123456789, endpoint: reader, set-identifier: blue, weight: 0 }
    - pgbouncer:
        admin: [{ secret: shop/pooler-a }, { url-env: POOLER_B, tls: disable }]
        database: shop
        reload: { command: ./repoint.sh }
    - { command: kubectl rollout restart deploy/shop, timeout: 5m }
  quiesce:
    - { command: ./stop-jobs.sh, resume: ./start-jobs.sh, timeout: 2m }
  endpoints:
    source: { reader: { host: replica.example, port: 5433 } }
`

test('every kind of switch is taken, defaults filled in', () => {
  const { cutover } = parseMigration(file(everyKind), 'shop.yml')
  expect(switchNames(cutover.switch)).toBe(
    'secret shop/app, secret shop/reports, parameter /shop/db/host, record db.shop.internal, record read.shop.internal (blue), PgBouncer shop, command `kubectl rollout restart deploy/shop`',
  )
  expect(cutover.switch.map(plannedSwitch)).toMatchObject([
    { kind: 'secret', secret: 'shop/app' },
    { kind: 'secret', keys: { url: 'DATABASE_URL' } },
    { kind: 'parameter', holds: 'reader-host' },
    { kind: 'record', type: 'CNAME', endpoint: 'writer', ttl: 5 },
    { kind: 'record', endpoint: 'reader', weight: 0 },
    {
      kind: 'pgbouncer',
      admin: [
        { secret: 'shop/pooler-a', tls: 'verify-full' },
        { 'url-env': 'POOLER_B', tls: 'disable' },
      ],
      reload: { command: './repoint.sh', timeout: 60_000 },
      'pause-timeout': 10_000,
    },
    { kind: 'command', timeout: 300_000 },
  ])
  expect(cutover.quiesce).toEqual([
    { command: './stop-jobs.sh', resume: './start-jobs.sh', timeout: 120_000 },
  ])
})

test('a plan’s entry has no keys but those of the file, so that its digest stays', () => {
  expect(plannedSwitch({ secret: 'shop/app' })).toEqual({ kind: 'secret', secret: 'shop/app' })
  const { cutover } = parseMigration(file('  switch: [{ secret: x }]\n'), 'shop.yml')
  expect(JSON.stringify(cutover.switch.map(plannedSwitch))).toBe('[{"kind":"secret","secret":"x"}]')
})

describe('what is wrong is told with its line', () => {
  test.each<[string, string, string[]]>([
    [
      'a kind that is nearly right',
      '[{ parametr: /shop/db }]',
      ['11: unknown key parametr → Did you mean parameter?'],
    ],
    [
      'a key of a kind that is nearly right',
      '[{ record: db.shop.internal, zone: Z1 }]',
      ['11: unknown key zone → Did you mean zone-id?'],
    ],
    [
      'a record without its zone',
      '[{ record: db.shop.internal }]',
      ['11: cutover.switch[0].zone-id is missing → Add it; it must be text.'],
    ],
    [
      'keys that name no part of an address',
      '[{ secret: x, keys: { username: U } }]',
      [
        '11: cutover.switch[0].keys must name at least one of host, port, database, url, reader-host, reader-port, reader-url → Correct the value; see migration.schema.json for what is allowed.',
      ],
    ],
    [
      'a console without a way to log in',
      '[{ pgbouncer: { admin: [{}], database: shop, reload: { command: x } } }]',
      [
        '11: cutover.switch[0].pgbouncer.admin[0] must have either `secret` or `url-env` → Correct the value; see migration.schema.json for what is allowed.',
      ],
    ],
    [
      'the same twice',
      '[{ secret: x }, { parameter: x }, { secret: x }]',
      [
        '11: cutover.switch[2] is switched already by cutover.switch[0] → Correct the value; see migration.schema.json for what is allowed.',
      ],
    ],
  ])('%s', (_, entries, expected) => {
    expect(problemsOf(file(`  switch: ${entries}\n`))).toEqual(expected)
  })

  test.each([
    '{ secret: x, keys: { reader-host: RO } }',
    '{ parameter: /x, holds: reader-url }',
    '{ record: db.shop.internal, zone-id: Z1, endpoint: reader }',
    '{ command: echo $AURORA_MIGRATION_READER_HOST }',
    '{ pgbouncer: { admin: [{ secret: a }], database: d, reader-database: r, reload: { command: x } } }',
  ])('%s needs somebody who knows the address of readers', (entry) => {
    const text = `  switch: [${entry}]\n`
    expect(problemsOf(file(text))).toEqual([])
    expect(problemsOf(file(text, '{ secret: b }'))).toEqual([
      expect.stringContaining(
        '11: cutover.switch[0] is for readers, whose address on the target is',
      ) as string,
    ])
    const written = `${text}  endpoints: { target: { reader: { host: ro.example } } }\n`
    expect(problemsOf(file(written, '{ secret: b }'))).toEqual([])
    expect(problemsOf(file(written, '{ secret: b }', true))).toContainEqual(
      expect.stringContaining(
        '11: cutover.switch[0] is for readers, whose address on the source is',
      ) as string,
    )
  })
})
