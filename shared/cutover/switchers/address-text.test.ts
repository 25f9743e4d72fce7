import { describe, expect, test } from 'vitest'
import { credentialIn, readdressed, type AddressForm } from './address-text.ts'

const to = {
  host: 'aurora',
  port: 5433,
  database: 'shop',
  reader: { host: 'aurora-ro', port: 5434 },
}
/** The text afterwards, or `! why not`. */
function after(
  text: string,
  form: AddressForm = {},
  address: Parameters<typeof readdressed>[2] = to,
): string {
  const done = readdressed(text, form, address)
  return 'problem' in done ? `! ${done.problem}` : done.text
}
const json = (value: unknown) => JSON.stringify(value)

describe('a secret as RDS writes it', () => {
  test('the address changes, every other key stays', () => {
    const before = json({
      engine: 'postgres',
      host: 'old',
      port: 5432,
      username: 'app',
      password: 'p',
      dbname: 'old',
      pool: { max: 5 },
    })
    expect(JSON.parse(after(before))).toEqual({
      engine: 'postgres',
      host: 'aurora',
      port: 5433,
      username: 'app',
      password: 'p',
      dbname: 'shop',
      pool: { max: 5 },
    })
  })

  test('a port that is text stays text', () => {
    expect(after('{"host":"old","port":"5432","dbname":"x"}')).toBe(
      '{"host":"aurora","port":"5433","dbname":"shop"}',
    )
  })

  test('what it lacks is not added: who reads it has the database from elsewhere', () => {
    const text = '{"host":"old","port":"5432"}'
    expect(after(text)).toBe('! has no dbname; with other keys, name them by `keys`')
    expect(after('{"username":"u"}')).toMatch(/^! has no host, port, dbname;/u)
    expect(JSON.parse(after(text, { keys: { host: 'host', port: 'port' } }))).toEqual({
      host: 'aurora',
      port: '5433',
    })
  })

  test('the name of the old instance does not stay beside the new address', () => {
    expect(after('{"host":"old","port":1,"dbname":"x","dbInstanceIdentifier":"old"}')).not.toContain(
      'dbInstanceIdentifier',
    )
  })
})

describe('JSON with keys of its own', () => {
  const before = { DB_HOST: 'old', DB_PORT: '5432', RO: 'postgres://u:p@old-ro/shop?x=1', host: 'untouched' }
  const keys = { host: 'DB_HOST', port: 'DB_PORT', 'reader-url': 'RO' }

  test('only what is named changes', () => {
    expect(JSON.parse(after(json(before), { keys }))).toEqual({
      DB_HOST: 'aurora',
      DB_PORT: '5433',
      RO: 'postgres://u:p@aurora-ro:5434/shop?x=1',
      host: 'untouched',
    })
  })

  test.each<[string, AddressForm, string]>([
    ['a key that is not there', { keys: { host: 'DBHOST' } }, '! has no key DBHOST'],
    ['a key of the login that is not there', { keys: { host: 'DB_HOST', username: 'U' } }, '! has no key U'],
    ['a host where a URL should be', { keys: { url: 'DB_HOST' } }, '! is not a URL (key DB_HOST)'],
    ['a host where a port should be', { keys: { port: 'DB_HOST' } }, '! is not a port (key DB_HOST)'],
  ])('%s is refused', (_, form, expected) => {
    expect(after(json(before), form)).toBe(expected)
  })

  test('a reader that nobody gave an address is refused', () => {
    expect(after(json(before), { keys }, { host: 'aurora', port: 5433, database: 'shop' })).toMatch(
      /^! is for readers/u,
    )
  })
})

describe('plain text', () => {
  test.each<[string, AddressForm, string]>([
    ['old.example', {}, 'aurora'],
    ['old.example\n', {}, 'aurora\n'],
    ['old.example:5432', {}, 'aurora:5433'],
    ['10.0.0.7', {}, 'aurora'],
    [
      'postgres://u:p%40@old:5432/x?sslmode=verify-full',
      {},
      'postgres://u:p%40@aurora:5433/shop?sslmode=verify-full',
    ],
    ['postgresql://old', {}, 'postgresql://aurora:5433/shop'],
    ['jdbc:postgresql://a,b:5432/x?user=u', {}, 'jdbc:postgresql://aurora:5433/shop?user=u'],
    ['postgresql+asyncpg://u@[::1]:1/x', {}, 'postgresql+asyncpg://u@aurora:5433/shop'],
    ['5432', { holds: 'port' }, '5433'],
    ['old', { holds: 'reader-host' }, 'aurora-ro'],
    ['old', { holds: 'database' }, 'shop'],
    ['postgres://u:p@old/x', { holds: 'reader-url' }, 'postgres://u:p@aurora-ro:5434/shop'],
    ['old', { holds: 'url' }, '! is not a URL'],
    ['old', { keys: { host: 'h' } }, '! is not JSON, so it has no keys'],
    [
      'host=old port=5432',
      {},
      '! is neither JSON nor a URL nor a host; say what it is by `keys` or `holds`, or use a command',
    ],
    [
      'postgres:///shop?host=old&port=5432',
      {},
      '! has the address among its parameters (host, port): write it before them',
    ],
  ])('%j as %j', (before, form, expected) => {
    expect(after(before, form)).toBe(expected)
  })

  test('a host that is an IPv6 address is bracketed in a URL', () => {
    expect(after('postgres://u@old/x', {}, { ...to, host: 'fd00::1' })).toBe(
      'postgres://u@[fd00::1]:5433/shop',
    )
  })
})

test.each([
  json({ host: 'old', port: 1, dbname: 'x' }),
  'postgres://u:p@old:1/x?a=b',
  'old.example',
  'old.example:1',
])('switching %j twice changes nothing more, and back gives what it was', (before) => {
  const there = after(before)
  expect(after(there)).toBe(there)
  const old = { host: before.startsWith('old.example') ? 'old.example' : 'old', port: 1, database: 'x' }
  expect(after(there, {}, old)).toBe(before)
})

test.each<[string, AddressForm, unknown]>([
  [json({ username: 'u', password: 'p' }), {}, { user: 'u', password: 'p' }],
  [
    json({ U: 'u', P: 'p' }),
    { keys: { host: 'h', username: 'U', password: 'P' } },
    { user: 'u', password: 'p' },
  ],
  [json({ X: 'postgres://u:p%2F@h/d' }), { keys: { url: 'X' } }, { user: 'u', password: 'p/' }],
  ['jdbc:postgresql://h/d?user=u&password=p%26', {}, { user: 'u', password: 'p&' }],
  ['postgres://u@h/d', {}, undefined],
  ['old.example', {}, undefined],
])('the login in %j', (text, form, expected) => {
  expect(credentialIn(text, form)).toEqual(expected)
})
