import { describe, expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { parseMigration } from './migration-file.ts'

// What each part says is right for itself, and wrong beside another; it is told with all that is wrong otherwise.

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

test.each([
  [
    'a contradiction beside a wrong value',
    'tables:',
    'load: { by: aurora-clone, class: m5 }\nprepare: now\ntables:',
    [
      '2: source.rds-cluster is needed to be cloned → Add it.',
      '3: target.rds-cluster is needed: the name of the clone → Add it.',
      '8: load.class must be a class of RDS, for example `db.r6g.large` → ' + allowed,
      `9: prepare must be \`auto\` or \`separate\` → ${allowed}`,
    ],
  ],
  [
    'what a replica needs',
    'tables:',
    'schema: { aurora-replica: { class: db.r6g.large } }\ntables:',
    [
      '1: empty-target must be `truncate` with `aurora-replica`: a replica holds rows that DMS will load again → Add it.',
      '2: source.rds-instance is needed to be replicated → Add it.',
      '3: target.rds-cluster is needed: the name of the replica → Add it.',
    ],
  ],
  [
    'an IAM login without its server, database and TLS',
    '{ secret: a }',
    '{ iam: { user: m }, tls: disable }',
    [
      `2: source.iam needs \`iam.host\`, or \`rds-instance\` or \`rds-cluster\` to find it by → ${allowed}`,
      '2: source.database is needed with `iam` → Add it.',
      `2: source.tls must be \`verify-full\` with \`iam\` → ${allowed}`,
    ],
  ],
  [
    'an LSN and a slot without the schema that the rows came with',
    'tables:',
    'load: { by: existing, lsn: 15/600002A8, slots: [one] }\nschema: dump\ntables:',
    [`9: schema must be \`existing\` where the rows come with their tables → ${allowed}`],
  ],
  [
    'one slot for two tasks',
    'tables:',
    'load: { by: existing, lsn: 15/600002A8, slots: [one, one] }\ntables:',
    [
      `8: load.slots must not name a slot twice: each of two tasks would miss what the other one has read → ${allowed}`,
      `8: load.slots must not be more than the tasks that \`dms.tasks.max\` allows (1): nobody would read the others, and the source would keep its WAL for them → ${allowed}`,
    ],
  ],
  [
    'a snapshot of nothing, restored to nothing',
    'tables:',
    'load: { by: snapshot, class: db.r6g.large }\ntables:',
    [
      `2: source needs \`rds-instance\` or \`rds-cluster\`: what a snapshot is taken of → ${allowed}`,
      `3: target needs \`rds-instance\` or \`rds-cluster\`: the name of what is restored → ${allowed}`,
    ],
  ],
  [
    'a snapshot of an instance, restored to a cluster',
    'source: { secret: a }\ntarget: { secret: b }',
    'source: { secret: a, rds-instance: one }\ntarget: { secret: b, rds-cluster: two }\nload: { by: snapshot, class: db.r6g.large }',
    [
      `3: target.rds-cluster must be \`rds-instance\` like the source: nothing tells at which LSN of the source the rows of a snapshot stand in the other kind of server → ${allowed}`,
    ],
  ],
  [
    'an assessment of what is no task',
    '  replication-instance: ri',
    "  serverless: { max-capacity: 2 }\n  assessment: { bucket: results, role: 'arn:aws:iam::000000000000:role/dms' }",
    [
      `6: dms.assessment is made of tasks on a \`replication-instance\` only, not with \`serverless\` → ${allowed}`,
    ],
  ],
  [
    'triggers of foreign keys that only a superuser may disable',
    'tables:',
    'during-load: { replica-role: disabled-triggers }\ntables:',
    [
      '8: during-load.foreign-keys must be `drop` with `replica-role: disabled-triggers`: only a superuser may disable their triggers → Add it.',
    ],
  ],
  [
    'a certificate that is not there, and less capacity at most than at least',
    '  replication-instance: ri',
    '  ssl-mode: verify-full\n  serverless: { max-capacity: 2, min-capacity: 4 }',
    [
      '4: dms.certificate is needed for `ssl-mode: verify-ca` and `verify-full` → Add it.',
      `6: dms.serverless.min-capacity must not be more than \`max-capacity\` → ${allowed}`,
    ],
  ],
])('%s', (_, from, to, expected) => {
  expect(problems(good.replace(from, to))).toEqual(expected)
})

describe('the way back', () => {
  const wanted = good.replace(', fall-back: false', '')
  const reverse = (source: string, target: string) =>
    wanted.replace(
      'tables:',
      `  reverse: { source: { secret: ${source} }, target: { secret: ${target} } }\ntables:`,
    )

  test('needs logins of its own, unless the file does without it', () => {
    expect(problems(good)).toEqual([])
    expect(problems(wanted)).toEqual([
      '4: dms.reverse is needed for the way back: a login of DMS on each side, for reverse tasks alone; or write `cutover: { fall-back: false }`, and a cutover is for good → Add it.',
    ])
    expect(problems(reverse('e', 'f'))).toEqual([])
    const { dms } = parseMigration(reverse('e', 'f'), 'shop.yml')
    expect(dms.reverse?.source).toEqual({ secret: 'e', 'execute-timeout': 3_600_000 })
  })

  test.each([
    ['dms.reverse.source.secret', 'dms.source.secret', 'c', 'f'],
    ['dms.reverse.target.secret', 'dms.target.secret', 'e', 'd'],
    ['dms.reverse.source.secret', 'source.secret', 'a', 'f'],
  ])('%s must not be %s', (field, taken, source, target) => {
    expect(problems(reverse(source, target))).toEqual([
      `8: ${field} must be another one than \`${taken}\`: a cutover locks out whoever carried rows before it, and nobody else → ${allowed}`,
    ])
  })

  test('an endpoint that exists cannot be named: it would not know the slot', () => {
    expect(problems(reverse('e, endpoint: mine', 'f'))).toEqual([
      '8: unknown key endpoint → Remove it; known here: secret, access-role, execute-timeout, after-connect.',
    ])
  })
})
