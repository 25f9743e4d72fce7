import * as z from 'zod'
import { countGiven, evenIfWrong, given } from './contradictions.ts'
import { roleArn, secretId } from './field-formats.ts'

/** Ways to log in; a side has one of them. */
export const loginWays = ['secret', 'url-env', 'iam'] as const
/** What AWS calls a server; a side has at most one of them. */
export const serverNames = ['rds-instance', 'rds-cluster'] as const

/** One database of the migration: how to log in there, and what AWS calls its server. */
export const sideSchema = z
  .strictObject({
    secret: secretId
      .optional()
      .describe(
        'Secret with the migration’s own login: username, password, and host, port, dbname (host and port may be left out where `rds-instance` or `rds-cluster` names the server).',
      ),
    'url-env': z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/u, 'must be the name of an environment variable, in capitals')
      .optional()
      .describe('Environment variable that holds the URL of that login.'),
    iam: z
      .strictObject({
        user: z.string().min(1).describe('Role of the database that has `rds_iam`.'),
        host: z
          .string()
          .min(1)
          .optional()
          .describe('Where it differs from the endpoint of `rds-instance` or `rds-cluster`.'),
        port: z.int().min(1).max(65_535).optional().describe('Where it differs from the server’s.'),
      })
      .optional()
      .describe('Login by IAM database authentication; the job’s AWS role signs a token for it.'),
    database: z
      .string()
      .min(1)
      .optional()
      .describe('Database, where the secret or the URL does not name it.'),
    tls: z
      .enum(['verify-full', 'disable'])
      .default('verify-full')
      .describe('TLS of the actions’ own sessions; the certificates of RDS are known to them.'),
    'rds-instance': z
      .string()
      .min(1)
      .optional()
      .describe('RDS instance identifier; leave out for a server of your own.'),
    'rds-cluster': z.string().min(1).optional().describe('Aurora cluster identifier.'),
    aws: z
      .strictObject({
        region: z
          .string()
          .regex(/^[a-z]{2}(-[a-z]+)+-\d$/u, 'must be a region, for example `eu-west-1`')
          .optional()
          .describe('Without it that of the job.'),
        role: roleArn.optional().describe('Role that the job assumes for this side.'),
      })
      .optional()
      .describe('AWS account and region of this side, where they are not those of the job.'),
  })
  .refine((side) => countGiven(side, loginWays) === 1, {
    message: 'needs exactly one of `secret`, `url-env` and `iam`',
    ...evenIfWrong,
  })
  .refine((side) => countGiven(side, serverNames) < 2, {
    message: 'names either `rds-instance` or `rds-cluster`, not both',
    ...evenIfWrong,
  })
  .refine((side) => given(side, 'iam') === undefined || countGiven(side, ['iam.host', ...serverNames]) > 0, {
    message: 'needs `iam.host`, or `rds-instance` or `rds-cluster` to find it by',
    path: ['iam'],
    ...evenIfWrong,
  })
  .refine((side) => given(side, 'iam') === undefined || given(side, 'database') !== undefined, {
    message: 'is needed with `iam`',
    path: ['database'],
    ...evenIfWrong,
  })
  // RDS refuses an IAM token without TLS (RDS User Guide, IAM database authentication).
  .refine((side) => given(side, 'iam') === undefined || given(side, 'tls') !== 'disable', {
    message: 'must be `verify-full` with `iam`',
    path: ['tls'],
    ...evenIfWrong,
  })
