import { expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { parseMigration } from './migration-file.ts'

const good = `name: shop
source: { secret: a }
target: { secret: b }
dms:
  replication-instance: ri
  source: { secret: c, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: d, access-role: 'arn:aws:iam::000000000000:role/dms' }
tables: { include: ['shop.%'] }
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }] }
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

/** `line: message → remedy` of every problem. */
function problems(text: string): string[] {
  return (refusalOf(text)?.problems ?? []).map(
    ({ line, message, remedy }) => `${line ?? '?'}: ${message} → ${remedy}`,
  )
}
const allowed = 'Correct the value; see migration.schema.json for what is allowed.'

test('a small file is enough; durations become ms, defaults are filled in', () => {
  const migration = parseMigration(good, 'shop.yml')
  expect(migration.cutover['freeze-budget']).toBe(30_000)
  expect(migration.dms.lob['max-kb']).toBe('auto')
  expect(migration['empty-target']).toBe('refuse')
})

test.each([
  [
    'a key that is nearly right',
    'replication-instance: ri',
    'replication_instance: ri',
    [
      '5: dms.replication-instance is missing → Add it; it must be text or a mapping with keys (create).',
      '5: unknown key replication_instance → Did you mean replication-instance?',
    ],
  ],
  [
    'a key that is nothing like',
    'name: shop',
    'name: shop\nzzz: 1',
    [
      '2: unknown key zzz → Remove it; known here: name, source, target, dms, tables, schema, prepare, empty-target, sequences, cutover.',
    ],
  ],
  [
    'all that is wrong inside the form of a union that was meant',
    'replication-instance: ri',
    'replication-instance: { create: { class: t3, storage-gb: 4, multi_az: true } }',
    [
      `5: dms.replication-instance.create.class must match /^dms\\./u → ${allowed}`,
      `5: dms.replication-instance.create.storage-gb must be at least 5 → ${allowed}`,
      '5: unknown key multi_az → Did you mean multi-az?',
    ],
  ],
  [
    'a union of which no form fits',
    'replication-instance: ri',
    'replication-instance: 5',
    [`5: dms.replication-instance must be text or a mapping with keys → ${allowed}`],
  ],
  [
    'a word where a number or another word is asked',
    'replication-instance: ri',
    'replication-instance: ri\n  lob: { max-kb: big }',
    [`6: dms.lob.max-kb must be \`auto\` or a number → ${allowed}`],
  ],
  [
    'a number out of range',
    'replication-instance: ri',
    'replication-instance: ri\n  lob: { max-kb: 0 }',
    [`6: dms.lob.max-kb must be at least 1 → ${allowed}`],
  ],
  [
    'a word that is none of the allowed',
    'source: { secret: a }',
    'source: { secret: a, tls: no }',
    [`2: source.tls must be \`verify-full\` or \`disable\` → ${allowed}`],
  ],
  [
    'neither secret nor URL',
    'source: { secret: a }',
    'source: {}',
    [`2: source needs either \`secret\` or \`url-env\`, not both → ${allowed}`],
  ],
  [
    'an empty list',
    'switch: [{ secret: shop/app }]',
    'switch: []',
    [`9: cutover.switch must have items: at least 1 → ${allowed}`],
  ],
  [
    'several at once, each at its line',
    "{ include: ['shop.%'] }",
    '{ include: shop }',
    [`8: tables.include must be a list → ${allowed}`],
  ],
])('says %s', (_, from, to, expected) => {
  expect(problems(good.replace(from, to))).toEqual(expected)
})

test('broken YAML is named with its line', () => {
  const [first] = problems('name: shop\nsource: { secret: a\n')
  expect(first).toMatch(/^\d+: shop\.yml is not valid YAML: /u)
})

test('an empty file says what a file must have', () => {
  expect(problems('')).toEqual([`1: migration must be a mapping with keys → ${allowed}`])
})

test('problems carry the value, cut short, and the file', () => {
  expect(refusalOf(good.replace('name: shop', `name: ${'X'.repeat(500)}`))?.problems[0]).toMatchObject({
    field: 'name',
    file: 'shop.yml',
    line: 1,
    value: 'X'.repeat(200),
  })
})
