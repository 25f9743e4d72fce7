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
      `4: dms needs either \`replication-instance\` or \`serverless\`, not both → ${allowed}`,
      '5: unknown key replication_instance → Did you mean replication-instance?',
    ],
  ],
  [
    'a key that is nothing like',
    'name: shop',
    'name: shop\nzzz: 1',
    [
      '2: unknown key zzz → Remove it; known here: name, source, target, dms, tables, load, schema, during-load, prepare, empty-target, sequences, waivers, verify, cutover, alarms, notify, status-comment.',
    ],
  ],
  [
    'all that is wrong inside the form of a union that was meant',
    'replication-instance: ri',
    'replication-instance: { create: { class: t3, storage-gb: 4, multi_az: true } }',
    [
      `5: dms.replication-instance.create.class must be a class of DMS, for example \`dms.r6i.large\` → ${allowed}`,
      `5: dms.replication-instance.create.storage-gb must be at least 5 → ${allowed}`,
      '5: unknown key multi_az → Did you mean multi-az?',
    ],
  ],
  [
    'a union of which no form fits',
    'replication-instance: ri',
    'replication-instance: 5',
    [`5: dms.replication-instance must be text or a list or a mapping with keys → ${allowed}`],
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
    [`2: source needs exactly one of \`secret\`, \`url-env\` and \`iam\` → ${allowed}`],
  ],
  [
    'an empty list',
    'switch: [{ secret: shop/app }]',
    'switch: []',
    [`9: cutover.switch must have at least 1 item → ${allowed}`],
  ],
  [
    'a word instead of a list',
    "{ include: ['shop.%'] }",
    '{ include: shop }',
    [`8: tables.include must be a list → ${allowed}`],
  ],
  [
    'a key that another one means',
    "'arn:aws:iam::000000000000:role/dms' }\ntables",
    "'arn:aws:iam::000000000000:role/dms', heartbeat: { every-minutes: 2 } }\ntables",
    [
      '7: unknown key heartbeat → Remove it; known here: secret, access-role, endpoint, execute-timeout, after-connect.',
    ],
  ],
  [
    'a word that is nearly right',
    '{ secret: a }',
    '{ secret: a, tls: verify }',
    ['2: source.tls must be `verify-full` or `disable` → Did you mean verify-full?'],
  ],
  [
    'a key of a choice that is nearly right',
    'tables:',
    'schema: { dmp: { roles: true } }\ntables:',
    ['8: unknown key dmp → Did you mean dump?'],
  ],
  [
    'a word of a choice that is nearly right',
    'tables:',
    'schema: dmp\ntables:',
    ['8: schema must be `existing` or `dump` or a mapping with keys → Did you mean dump?'],
  ],
  [
    'a key inside a choice',
    'tables:',
    'schema: { dump: { rolls: true } }\ntables:',
    ['8: unknown key rolls → Did you mean roles?'],
  ],
  [
    'a choice without a key that tells which',
    'tables:',
    'schema: { zzzzzzzz: 1 }\ntables:',
    ['8: unknown key zzzzzzzz → Remove it; known here: dump, command, url-env, aurora-replica.'],
  ],
  [
    'an empty choice',
    'tables:',
    'schema: {}\ntables:',
    ['8: schema is empty → Give it one of: dump, command, url-env, aurora-replica.'],
  ],
  [
    'the way of loading by another name',
    'tables:',
    'load: { by: clone, class: db.r6g.large }\ntables:',
    ['8: load.by must be `dms` or `aurora-clone` or `snapshot` or `existing` → Did you mean aurora-clone?'],
  ],
  [
    'a way of loading that is none',
    'tables:',
    'load: { by: magic }\ntables:',
    [`8: load.by must be \`dms\` or \`aurora-clone\` or \`snapshot\` or \`existing\` → ${allowed}`],
  ],
  [
    'no way of loading',
    'tables:',
    'load: {}\ntables:',
    ['8: load.by is missing → Add it; it must be `dms` or `aurora-clone` or `snapshot` or `existing`.'],
  ],
  [
    'a key that belongs to another way of loading',
    'tables:',
    'load: { by: existing, lsn: 0/1, slot: [a] }\ntables:',
    ['8: unknown key slot → Did you mean slots?'],
  ],
  [
    'a capacity that DMS does not sell',
    '  replication-instance: ri',
    '  serverless: { max_capacity: 8, min-capacity: 3 }',
    [
      '5: dms.serverless.min-capacity must be `1` or `2` or `4` or `8` or `16` or `32` or `64` or `128` or `192` or `256` or `384` → ' +
        allowed,
      '5: unknown key max_capacity → Did you mean max-capacity?',
    ],
  ],
  [
    'both where one is asked',
    'replication-instance: ri',
    'replication-instance: ri\n  serverless: { max-capacity: 8 }',
    [`4: dms needs either \`replication-instance\` or \`serverless\`, not both → ${allowed}`],
  ],
  [
    'an empty value',
    'tables:',
    'sequences:\ntables:',
    ['8: sequences is empty → Give it a value; it must be a mapping with keys (margin).'],
  ],
  [
    'an empty list item',
    'tables:',
    'waivers: [~]\ntables:',
    [
      '8: waivers[0] is empty → Give it a value; it must be a mapping with keys (code, objects, reason, expires).',
    ],
  ],
  [
    'a side that is empty',
    '{ secret: a }',
    '',
    [
      '2: source is empty → Give it a value; it must be a mapping with keys (secret, url-env, iam, database, tls, rds-instance, rds-cluster, aws).',
    ],
  ],
  [
    'durations, sizes, patterns, ARNs, dates and LSNs in other forms',
    'tables:',
    `load: { by: existing, lsn: 12, slots: [] }
waivers: [{ code: x, reason: because, expires: soon }]
tables:`,
    [
      '8: load.lsn must be text → ' + allowed,
      '8: load.slots must have at least 1 item → ' + allowed,
      '9: waivers[0].reason must say in a sentence why this is acceptable → ' + allowed,
      '9: waivers[0].expires must be a date, for example `2026-12-31` → ' + allowed,
    ],
  ],
])('says %s', (_, from, to, expected) => {
  expect(problems(good.replace(from, to))).toEqual(expected)
})

test('a misspelt key is shown beside everything else that is wrong, at its own line', () => {
  const text = `name: Shop
source:
  sceret: a
  aws: { regoin: eu-west-1, role: migration }
target: { secret: b, port: 5432 }
dms:
  source: { secret: c, execute_timeout: 1 hour }
  serverless: { max-capacity: 5 }
  tasks: { max: 0, together: [[orders]] }
tables:
  include:
    - shop.%
    - orders
  exlude: []
cutover:
  freeze-budget: 30
  switch:
    - secret: shop/app
    - sekret: shop/batch
`
  expect(problems(text)).toMatchInlineSnapshot(`
    [
      "1: name must be 1 to 40 lower-case letters, digits and single hyphens, and start with a letter → Correct the value; see migration.schema.json for what is allowed.",
      "2: source needs exactly one of \`secret\`, \`url-env\` and \`iam\` → Correct the value; see migration.schema.json for what is allowed.",
      "3: unknown key sceret → Did you mean secret?",
      "4: source.aws.role must be the ARN of an IAM role, for example \`arn:aws:iam::111122223333:role/migration\` → Correct the value; see migration.schema.json for what is allowed.",
      "4: unknown key regoin → Did you mean region?",
      "5: unknown key port → Remove it; known here: secret, url-env, iam, database, tls, rds-instance, rds-cluster, aws.",
      "6: dms.target is missing → Add it; it must be a mapping with keys (secret, access-role, endpoint, execute-timeout, after-connect).",
      "6: dms.reverse is needed for the way back: a login of DMS on each side, for reverse tasks alone; or write \`cutover: { fall-back: false }\`, and a cutover is for good → Add it.",
      "7: unknown key execute_timeout → Did you mean execute-timeout?",
      "8: dms.serverless.max-capacity must be \`1\` or \`2\` or \`4\` or \`8\` or \`16\` or \`32\` or \`64\` or \`128\` or \`192\` or \`256\` or \`384\` → Correct the value; see migration.schema.json for what is allowed.",
      "9: dms.tasks.max must be at least 1 → Correct the value; see migration.schema.json for what is allowed.",
      "9: dms.tasks.together[0][0] must be schema.table, for example \`public.%\` → Correct the value; see migration.schema.json for what is allowed.",
      "13: tables.include[1] must be schema.table, for example \`public.%\` → Correct the value; see migration.schema.json for what is allowed.",
      "14: unknown key exlude → Did you mean exclude?",
      "15: cutover.application-roles is missing → Add it; it must be a list.",
      "16: cutover.freeze-budget must be text → Correct the value; see migration.schema.json for what is allowed.",
      "19: unknown key sekret → Did you mean secret?",
    ]
  `)
})

test('broken YAML is named with its line', () => {
  const [first] = problems('name: shop\nsource: { secret: a\n')
  expect(first).toMatch(/^\d+: shop\.yml is not valid YAML: /u)
})

test('a key that is there twice is named beside what else is wrong', () => {
  expect(problems(good.replace('tables:', 'name: shop2\nprepare: now\ntables:'))).toEqual([
    '8: shop.yml is not valid YAML: Map keys must be unique → Keep one of the two keys.',
    `9: prepare must be \`auto\` or \`separate\` → ${allowed}`,
  ])
})

test('an empty file says what a file must have', () => {
  expect(problems('')).toEqual([
    '1: migration is empty → Give it a value; it must be a mapping with keys (name, source, target, dms, tables, load, schema, during-load, prepare, empty-target, sequences, waivers, verify, cutover, alarms, notify, status-comment).',
  ])
})

test('pglogical is refused with the reason', () => {
  const [problem, ...others] = problems(
    good.replace('source: { secret: c', 'source: { plugin: pglogical, secret: c'),
  )
  expect(others).toEqual([])
  expect(problem).toContain('dms.source.plugin must be `test-decoding`')
  expect(problem).toContain('`pglogical` is not proved here')
})
