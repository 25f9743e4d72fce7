import * as z from 'zod'
import { evenIfWrong, given } from './contradictions.ts'
import { lsn } from './field-formats.ts'

const newServer = {
  class: z
    .string()
    .regex(/^db\./u, 'must be a class of RDS, for example `db.r6g.large`')
    .describe('Class of the instance that is made.'),
  'subnet-group': z.string().min(1).optional().describe('DB subnet group; without it RDS’s default one.'),
  'security-groups': z.array(z.string().min(1)).default([]).describe('VPC security groups.'),
  'parameter-group': z
    .string()
    .min(1)
    .optional()
    .describe('Parameter group of the cluster, or of the instance where there is no cluster.'),
  'kms-key': z.string().min(1).optional().describe('KMS key of its storage.'),
}

/** How the rows get to the target; what changes meanwhile is always carried by CDC. */
export const loadSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('dms') }).describe('Full load by DMS.'),
  z
    .strictObject({ by: z.literal('aurora-clone'), ...newServer })
    .describe('`target.rds-cluster` is made as a clone of `source.rds-cluster`; CDC goes on from its LSN.'),
  z
    .strictObject({
      by: z.literal('snapshot'),
      snapshot: z
        .string()
        .min(1)
        .optional()
        .describe('One that exists and was taken after the slots were made; without it one is taken.'),
      ...newServer,
    })
    .describe('`target.rds-instance` or `target.rds-cluster` is restored from a snapshot of the source.'),
  z
    .strictObject({
      by: z.literal('existing'),
      lsn: lsn.describe('LSN at which the rows of the target are those of the source.'),
      slots: z
        .array(z.string().min(1))
        .min(1)
        .refine((slots) => new Set(slots).size === slots.length, {
          message: 'must not name a slot twice: each of two tasks would miss what the other one has read',
        })
        .describe('Slots made before that copy, one for each task.'),
    })
    .describe('The rows are there already.'),
])

/** How the target gets its tables, and everything around them. */
export const schemaSchema = z.union([
  z.enum(['existing', 'dump']),
  z.strictObject({
    dump: z.strictObject({
      roles: z
        .boolean()
        .default(false)
        .describe('Also makes roles that the target lacks, without passwords.'),
    }),
  }),
  z.strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'Program and arguments of the framework that makes the schema, for example `[npx, prisma, migrate, deploy]`.',
      ),
    'url-env': z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/u, 'must be the name of an environment variable, in capitals')
      .default('DATABASE_URL')
      .describe('Variable in which the command finds the target’s URL.'),
  }),
  z.strictObject({
    'aurora-replica': z
      .strictObject(newServer)
      .describe(
        '`target.rds-cluster` is made as an Aurora read replica of `source.rds-instance`, promoted and emptied.',
      ),
  }),
])

/** What of the target is set aside while rows are loaded. */
export const duringLoadSchema = z
  .strictObject({
    'replica-role': z
      .enum(['endpoint', 'parameter-group', 'disabled-triggers'])
      .default('endpoint')
      .describe(
        'How triggers and foreign keys are kept from acting on DMS’s rows: `session_replication_role` by DMS’s sessions or by the parameter group, or triggers disabled one by one.',
      ),
    'foreign-keys': z
      .enum(['keep', 'drop'])
      .default('keep')
      .describe('`drop`: made again after the load as NOT VALID, and validated after a marker.'),
    indexes: z
      .enum(['keep', 'drop'])
      .default('keep')
      .describe('`drop`: indexes that enforce nothing are made after the load.'),
  })
  .refine(
    (load) => given(load, 'replica-role') !== 'disabled-triggers' || given(load, 'foreign-keys') === 'drop',
    {
      message:
        'must be `drop` with `replica-role: disabled-triggers`: only a superuser may disable their triggers',
      path: ['foreign-keys'],
      ...evenIfWrong,
    },
  )
