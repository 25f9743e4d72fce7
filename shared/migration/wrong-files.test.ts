import {
  array,
  assert,
  constantFrom,
  jsonValue,
  nat,
  oneof,
  option,
  property,
  string,
  tuple,
} from 'fast-check'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { MigrationError } from '../runtime/errors.ts'
import { parseMigration } from './migration-file.ts'

// Whatever a file says, the answer is a migration, or one error that shows where it is wrong.

const complete = `name: shop
source: { iam: { user: migrator }, rds-instance: shop, aws: { region: eu-west-1 } }
target: { secret: shop/target, rds-cluster: aurora, tls: verify-full }
dms:
  replication-instance: { create: { class: dms.r6i.large, security-groups: [sg-1] } }
  source: { secret: c, heartbeat: { every-minutes: 1 }, execute-timeout: 2h }
  target: { secret: d, after-connect: select 1 }
  reverse: { source: { secret: rs }, target: { secret: rt, execute-timeout: 3h } }
  tasks: { max: 4, together: [[shop.a, shop.b]] }
  parallel-load: { from: 20GB, segments: 4 }
tables: { include: ['shop.%'], exclude: ['shop.%[_]old'] }
load: { by: dms }
schema: { dump: { roles: true } }
during-load: { foreign-keys: drop, indexes: drop }
waivers: [{ code: no-key, objects: [shop.log], reason: written by nobody, expires: 2026-12-31 }]
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }], freeze-budget: 20s }
databases: { shop: , billing: { dms: { target: { secret: e }, reverse: { source: { secret: f } } }, cutover: { switch: [{ secret: x }] } } }
`

/** What an answer to a file should not be; empty for a migration, and for an error that explains itself. */
function complaints(text: string): string[] {
  try {
    const { name } = parseMigration(text, 'shop.yml', 'shop')
    return /^[a-z][a-z0-9-]{0,39}$/u.test(name) ? [] : [`the name ${name} was let through`]
  } catch (error) {
    if (!(error instanceof MigrationError)) return [`threw ${String(error)}`]
    const lines = text.split('\n').length
    const wrong = error.problems.filter(
      ({ field, message, remedy, line = 0, file }) =>
        field === '' ||
        remedy === '' ||
        /undefined|\[object|^Invalid|^Expected/u.test(message) ||
        // The input beside the file has no line; everything in the file has.
        !(field === 'database' && file === undefined ? true : line >= 1 && line <= lines),
    )
    return error.code === 'invalid-input' && error.problems.length > 0
      ? wrong.map((problem) => JSON.stringify(problem))
      : [`${error.code} with ${error.problems.length} problems`]
  }
}

test('the file that is damaged below is right', () => {
  expect(parseMigration(complete, 'shop.yml', 'billing')).toMatchObject({
    name: 'shop-billing',
    source: { database: 'billing' },
    target: { database: 'billing' },
  })
})

test('a file with any value changed, added or removed', { timeout: 30_000 }, () => {
  const document: unknown = parse(complete)
  const place = constantFrom(...pathsOf(document))
  const keys = oneof(string(), constantFrom('secret', 'by', 'constructor', '__proto__', 'name', '0'))
  const value = oneof(jsonValue(), constantFrom('dms', 'existing', 'aurora-clone', '10s', '5GB', -1))
  assert(
    property(array(tuple(place, option(keys), value), { minLength: 1, maxLength: 5 }), (changes) => {
      const changed: unknown = structuredClone(document)
      for (const [path, key, to] of changes) change(changed, key === null ? path : [...path, key], to)
      expect(complaints(stringify(changed))).toEqual([])
    }),
    { numRuns: 80 },
  )
})

test('a file with any text cut out or put in', { timeout: 30_000 }, () => {
  const position = nat({ max: complete.length })
  const text = oneof(
    string({ maxLength: 8 }),
    constantFrom(
      ': ',
      '- ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '!',
      '"',
      "'",
      '~',
      '? ',
      '<<: ',
      '\t',
      '%',
      '---\n',
    ),
  )
  assert(
    property(array(tuple(position, nat({ max: 20 }), text), { minLength: 1, maxLength: 4 }), (edits) => {
      let edited = complete
      for (const [at, cut, put] of edits) edited = edited.slice(0, at) + put + edited.slice(at + cut)
      expect(complaints(edited)).toEqual([])
    }),
    { numRuns: 80 },
  )
})

test('any text at all', { timeout: 30_000 }, () => {
  const text = oneof(
    string({ unit: 'binary' }),
    jsonValue().map((value) => stringify(value)),
  )
  assert(
    property(text, (any) => {
      expect(complaints(any)).toEqual([])
    }),
    { numRuns: 80 },
  )
})

function pathsOf(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[...path]]
  const below = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item] as const)
    : Object.entries(value)
  return [[...path], ...below.flatMap(([key, item]) => pathsOf(item, [...path, key]))]
}

/** Sets what stands at a path; where the path leads through a single value, nothing. */
function change(document: unknown, path: readonly (string | number)[], to: unknown): void {
  let holder = document
  for (const key of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return
    holder = (holder as Record<string | number, unknown>)[key]
  }
  const last = path.at(-1)
  // Lists have no keys; one of their own properties would be set.
  if (Array.isArray(holder) && typeof last === 'string') return
  if (typeof holder === 'object' && holder !== null && last !== undefined)
    Object.defineProperty(holder, last, { value: to, enumerable: true, configurable: true, writable: true })
}
