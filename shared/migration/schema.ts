import * as z from 'zod'
import { parseDuration } from '../runtime/duration.ts'

const name = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9]|-(?!-|$)){0,39}$/u,
    'must be 1 to 40 lower-case letters, digits and single hyphens, and start with a letter',
  )
const secretId = z.string().min(1, 'must name a secret of AWS Secrets Manager, or its ARN')
const role = z.string().min(1)
/** `schema.table` with DMS's wildcards: `%` any text, `_` one character, `[_]` a literal underscore. */
const tablePattern = z.string().regex(/^[^.]+\.[^.]+$/u, 'must be schema.table, for example `public.%`')
const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  context.addIssue({
    code: 'custom',
    message: 'must be a number with a unit, for example `30s`, `5m` or `2h30m`',
  })
  return z.NEVER
})

const side = z
  .strictObject({
    secret: secretId
      .optional()
      .describe('Secret with the migration’s own login: host, port, username, password, dbname.'),
    'url-env': z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/u)
      .optional()
      .describe('Environment variable that holds the URL of that login.'),
    database: z.string().min(1).optional().describe('Database, where the secret does not name it.'),
    tls: z.enum(['verify-full', 'disable']).default('verify-full'),
    'rds-instance': z
      .string()
      .min(1)
      .optional()
      .describe('RDS instance identifier; leave out for a server of your own.'),
    'rds-cluster': z.string().min(1).optional().describe('Aurora cluster identifier.'),
  })
  .refine(
    (value) => (value.secret === undefined) !== (value['url-env'] === undefined),
    'needs either `secret` or `url-env`, not both',
  )

const dmsLogin = z.strictObject({
  secret: secretId.describe('Secret with the login that DMS uses and that nothing else uses.'),
  'access-role': z
    .string()
    .regex(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/.+/u,
      'must be the ARN of the IAM role with which DMS reads the secret',
    ),
})

/** The migration file: one reviewed YAML document for each migration (design section 3). Durations become ms. */
export const migrationFileSchema = z.strictObject({
  name: name.describe('Name of the migration; part of every AWS name and tag that it makes.'),
  source: side,
  target: side,
  dms: z.strictObject({
    'replication-instance': z.union([
      z.string().min(1).describe('Identifier of an existing replication instance.'),
      z.strictObject({
        create: z.strictObject({
          class: z.string().regex(/^dms\./u),
          'storage-gb': z.int().min(5).max(6144).default(100),
          'multi-az': z.boolean().default(true),
          'subnet-group': z.string().min(1).optional(),
          'security-groups': z.array(z.string().min(1)).default([]),
        }),
      }),
    ]),
    source: dmsLogin,
    target: dmsLogin,
    'ssl-mode': z.enum(['none', 'require', 'verify-ca', 'verify-full']).default('require'),
    validation: z.boolean().default(true),
    lob: z
      .strictObject({
        'max-kb': z.union([z.literal('auto'), z.int().min(1).max(102_400)]).default('auto'),
      })
      .prefault({}),
    'full-load-subtasks': z.int().min(1).max(49).default(8),
  }),
  tables: z.strictObject({
    include: z.array(tablePattern).min(1),
    exclude: z.array(tablePattern).default([]),
  }),
  schema: z
    .enum(['existing'])
    .default('existing')
    .describe('How the target gets its schema. `existing`: it is there already.'),
  prepare: z
    .enum(['auto', 'separate'])
    .default('auto')
    .describe('`auto`: create-task and wait-full-load prepare and finish the target themselves.'),
  'empty-target': z
    .enum(['refuse', 'truncate'])
    .default('refuse')
    .describe('What to do with rows that are in the planned tables of the target already.'),
  sequences: z.strictObject({ margin: z.int().min(0).max(1_000_000_000).default(0) }).prefault({}),
  cutover: z.strictObject({
    environment: z
      .string()
      .min(1)
      .default('production-cutover')
      .describe('GitHub environment whose reviewers approve the cutover.'),
    fence: z.enum(['lock']).default('lock'),
    'freeze-budget': duration.prefault('30s').describe('Longest time that writers may wait.'),
    'marker-round-trip': duration
      .prefault('10s')
      .describe('Longest marker round trip with which a cutover may begin.'),
    'evidence-age': duration.prefault('24h'),
    'application-roles': z
      .array(role)
      .min(1)
      .describe('Login roles of the applications; the fence is proved with each.'),
    switch: z
      .array(
        z.strictObject({
          secret: secretId.describe('Secret from which the application reads its database.'),
        }),
      )
      .min(1),
    stragglers: z.enum(['end', 'report']).default('end'),
    'stale-reads': z.enum(['refuse', 'allow']).default('refuse'),
    'smoke-test': z
      .array(z.string().min(1))
      .default([])
      .describe(
        'SQL statements that must succeed on the target, as the application’s role, before it opens.',
      ),
    watch: duration.prefault('5s').describe('How long stragglers are watched for after the switch.'),
  }),
})

/** A migration file as the actions use it: defaults filled in, durations in ms. */
export type Migration = z.infer<typeof migrationFileSchema>
export type DatabaseSide = Migration['source']
