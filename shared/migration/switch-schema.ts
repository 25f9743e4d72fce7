import * as z from 'zod'
import { countGiven, evenIfWrong } from './contradictions.ts'
import { duration, secretId } from './field-formats.ts'

/** What of an address a plain text may be. */
export const addressParts = [
  'host',
  'port',
  'database',
  'url',
  'reader-host',
  'reader-port',
  'reader-url',
] as const
export type AddressPart = (typeof addressParts)[number]

const key = z.string().min(1).optional()

/** Names of the keys in a JSON value; what is not named is not touched. */
const keys = z
  .strictObject({
    host: key.describe('Key of the writer’s host.'),
    port: key.describe('Key of its port.'),
    database: key.describe('Key of the database’s name.'),
    url: key.describe('Key of a whole URL: its host, port and database are replaced, all else stays.'),
    'reader-host': key.describe('Key of the reader’s host.'),
    'reader-port': key.describe('Key of the reader’s port.'),
    'reader-url': key.describe('Key of a whole URL for readers.'),
    username: key.describe('Key of the user, who must be able to log in; not changed.'),
    password: key.describe('Key of the password, only used to try that login; not changed.'),
  })
  .refine((given) => countGiven(given, addressParts) > 0, {
    message: `must name at least one of ${addressParts.join(', ')}`,
    ...evenIfWrong,
  })
  .optional()
  .describe('Names of the keys in its JSON. Without them `host`, `port` and `dbname`, as RDS writes them.')

const holds = z
  .enum(addressParts)
  .optional()
  .describe('What it is where it is plain text and not JSON. Without it a URL is a URL, all else a host.')

const timeout = duration.prefault('60s').describe('How long it may take.')

const secretSwitch = z
  .strictObject({
    secret: secretId.describe('Secret from which the application reads its database.'),
    keys,
    holds,
  })
  .describe('A secret of AWS Secrets Manager.')

const parameterSwitch = z
  .strictObject({
    parameter: z
      .string()
      .regex(/^[\w./:-]{1,2048}$/u, 'must be the name or ARN of a parameter, for example `/shop/db/host`')
      .describe('SSM parameter from which the application reads its database, or a part of its address.'),
    keys,
    holds,
  })
  .describe('A parameter of SSM Parameter Store.')

const recordSwitch = z
  .strictObject({
    record: z
      .string()
      .regex(/^[a-z0-9_*-]+(\.[a-z0-9_-]+)+\.?$/iu, 'must be a DNS name, for example `db.shop.internal`')
      .describe('DNS name by which the application finds its database.'),
    'zone-id': z
      .string()
      .regex(/^[A-Z0-9]{1,32}$/u, 'must be the id of a hosted zone, for example `Z0123456789ABCDEFGHIJ`')
      .describe('Hosted zone of Route 53.'),
    type: z.literal('CNAME').default('CNAME').describe('Type of the record.'),
    endpoint: z.enum(['writer', 'reader']).default('writer').describe('Which of the two addresses it names.'),
    ttl: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .optional()
      .describe('TTL in seconds that it gets with the new address; without it the TTL stays.'),
    'set-identifier': z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('Which of several records of that name, where routing is weighted or the like.'),
    weight: z
      .int()
      .min(0)
      .max(255)
      .optional()
      .describe('Weight that it gets with the new address; without it the weight stays.'),
  })
  .describe('A record of Route 53.')

const commandSwitch = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .describe(
        'Shell command that points clients at `$AURORA_MIGRATION_HOST`, `…_PORT`, `…_DATABASE`, `…_READER_HOST`, `…_READER_PORT`. It may be run again, and must then end well, too.',
      ),
    check: z
      .string()
      .min(1)
      .optional()
      .describe('Shell command that changes nothing and ends with 0 where the other one can work.'),
    timeout,
  })
  .describe('A command of yours, on the runner.')

const adminLogin = z
  .strictObject({
    secret: secretId
      .optional()
      .describe('Secret with the URL of its admin console, or host, port, username and password as JSON.'),
    'url-env': z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/u, 'must be the name of an environment variable, in capitals')
      .optional()
      .describe('Environment variable that holds that URL.'),
    tls: z.enum(['verify-full', 'disable']).default('verify-full').describe('TLS of the session with it.'),
  })
  .refine((admin) => countGiven(admin, ['secret', 'url-env']) === 1, {
    message: 'must have either `secret` or `url-env`',
    ...evenIfWrong,
  })

const pgbouncerSwitch = z
  .strictObject({
    pgbouncer: z.strictObject({
      admin: z
        .array(adminLogin)
        .min(1)
        .describe('Admin consoles of all nodes, each for itself; never a load balancer’s address.'),
      database: z.string().min(1).describe('Database as PgBouncer calls it, for the writer.'),
      'reader-database': z
        .string()
        .min(1)
        .optional()
        .describe('Database as PgBouncer calls it, for readers, where there is one.'),
      reload: z
        .strictObject({
          command: z
            .string()
            .min(1)
            .describe(
              'Shell command that writes the new address into the configuration of all nodes. RELOAD follows by itself.',
            ),
          timeout,
        })
        .describe('How the databases are pointed at another server.'),
      'pause-timeout': duration
        .prefault('10s')
        .describe('How long PAUSE may wait for transactions that are under way.'),
    }),
  })
  .describe('PgBouncer: clients are held from before the pause until the target is open, and see no error.')

/** One thing that points clients at their database. */
export const switchSchema = z.union([
  secretSwitch,
  parameterSwitch,
  recordSwitch,
  pgbouncerSwitch,
  commandSwitch,
])

const endpoint = z.strictObject({
  host: z
    .string()
    .regex(
      /^[\w.:-]+$/u,
      'must be a host name or address without port, for example `shop.cluster-ro-x.rds.amazonaws.com`',
    )
    .describe('Host name.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Port, where it is not that of the migration’s login.'),
})
const endpointsOfSide = z.strictObject({
  writer: endpoint.optional().describe('Without it the address of the migration’s own login.'),
  reader: endpoint.optional().describe('Without it the reader endpoint of `rds-cluster`.'),
})

/** Addresses that clients are given, where they are not those of the migration's own logins. */
export const endpointsSchema = z
  .strictObject({
    source: endpointsOfSide.optional().describe('What clients are given by fall-back.'),
    target: endpointsOfSide.optional().describe('What clients are given by the cutover.'),
  })
  .optional()
  .describe('Addresses that clients are given.')

/** What is stopped before writers are paused, and resumed in every outcome. */
export const quiesceSchema = z
  .array(
    z.strictObject({
      command: z
        .string()
        .min(1)
        .describe('Shell command that stops background jobs, queues or schedules, and ends when they stand.'),
      resume: z.string().min(1).describe('Shell command that lets them go on; it may be run more than once.'),
      timeout,
    }),
  )
  .default([])
  .describe(
    'Commands that stop background work before the pause and resume it after the switch, or where the cutover gives up.',
  )

export type SwitchEntry = z.infer<typeof switchSchema>
export type SecretSwitch = z.infer<typeof secretSwitch>
export type ParameterSwitch = z.infer<typeof parameterSwitch>
export type RecordSwitch = z.infer<typeof recordSwitch>
export type CommandSwitch = z.infer<typeof commandSwitch>
export type PgbouncerSwitch = z.infer<typeof pgbouncerSwitch>['pgbouncer']
export type PgbouncerAdmin = z.infer<typeof adminLogin>
export type Endpoints = z.infer<typeof endpointsSchema>
export type QuiesceEntry = z.infer<typeof quiesceSchema>[number]
