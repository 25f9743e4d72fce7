import * as z from 'zod'
import { countGiven, evenIfWrong, given } from './contradictions.ts'
import { dmsLogin } from './dms-login-schema.ts'
import { duration, roleArn, size, tablePattern } from './field-formats.ts'
import { reverseLoginSchema } from './reverse-login-schema.ts'

const network = {
  'multi-az': z.boolean().default(true).describe('Goes on when one availability zone fails.'),
  'subnet-group': z
    .string()
    .min(1)
    .optional()
    .describe('Replication subnet group; without it DMS’s default one.'),
  'security-groups': z
    .array(z.string().min(1))
    .default([])
    .describe('VPC security groups; both databases must let them in.'),
  'kms-key': z.string().min(1).optional().describe('KMS key of its storage; without it `aws/dms`.'),
}

/** What tasks run on; a migration has one of them. */
export const replicationServers = ['replication-instance', 'serverless'] as const

const minCapacity = 'serverless.min-capacity'

/** What AWS DMS is given. */
export const dmsSchema = z
  .strictObject({
    'replication-instance': z
      .union([
        z.string().min(1).describe('Identifier of an existing replication instance.'),
        z
          .array(z.string().min(1))
          .min(1)
          .describe('Several existing ones; the tasks are spread over them in turn.'),
        z.strictObject({
          create: z.strictObject({
            class: z
              .string()
              .regex(/^dms\./u, 'must be a class of DMS, for example `dms.r6i.large`')
              .describe('Class of the instance that is made.'),
            'storage-gb': z.int().min(5).max(6144).default(100).describe('For logs and changes that wait.'),
            ...network,
          }),
        }),
      ])
      .optional(),
    serverless: z
      .strictObject({
        'max-capacity': z
          .union([1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384].map((units) => z.literal(units)))
          .describe('DMS capacity units (DCU) at most.'),
        'min-capacity': z
          .union([1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384].map((units) => z.literal(units)))
          .optional()
          .describe('DMS capacity units at least; without it DMS chooses.'),
        ...network,
      })
      .optional()
      .describe(
        'DMS Serverless instead of a replication instance; it has no way back: `cutover: { fall-back: false }`.',
      ),
    source: z.strictObject({
      ...dmsLogin,
      plugin: z
        .enum(['test-decoding'], {
          error:
            'must be `test-decoding`, with which all tests run; `pglogical` is not proved here, and DMS needs replication sets with it that nobody makes',
        })
        .default('test-decoding')
        .describe('What decodes the source’s WAL. `pglogical` is refused: it is not proved here.'),
      heartbeat: z
        .strictObject({
          schema: z.string().min(1).default('aurora_migration_dms').describe('Where DMS makes its table.'),
          'every-minutes': z.int().min(1).max(60).default(5).describe('How often it writes there.'),
        })
        .optional()
        .describe(
          'DMS writes on the source in this rhythm, so that an idle slot moves. Markers do that while an action watches.',
        ),
    }),
    target: z.strictObject(dmsLogin),
    reverse: reverseLoginSchema.optional(),
    'ssl-mode': z
      .enum(['none', 'require', 'verify-ca', 'verify-full'])
      .default('require')
      .describe('TLS of DMS’s sessions on both sides.'),
    certificate: z
      .string()
      .regex(/^arn:aws[a-z-]*:dms:.+:cert:.+/u, 'must be the ARN of a certificate of DMS')
      .optional()
      .describe('Certificate that `verify-ca` and `verify-full` check with.'),
    validation: z.boolean().default(true).describe('DMS compares every row of both sides, too.'),
    lob: z
      .strictObject({
        'max-kb': z
          .union([z.literal('auto'), z.int().min(1).max(102_400)])
          .default('auto')
          .describe('Largest LOB in KB; `auto`: at least twice the largest that preflight measures.'),
        'time-budget': duration
          .optional()
          .describe('Longest time for measuring LOB columns; what does not fit is sampled, and said so.'),
      })
      .prefault({}),
    tasks: z
      .strictObject({
        max: z
          .int()
          .min(1)
          .max(60)
          .default(1)
          .describe(
            'Tasks at most. Tables that foreign keys join, and partitions of one table unless they alone are too large, stay in one task.',
          ),
        together: z
          .array(z.array(tablePattern).min(1))
          .default([])
          .describe('Tables that must share a task of their own, whatever their size.'),
      })
      .prefault({})
      .describe(
        'How the tables are spread over replication tasks. A transaction stays whole only inside one task.',
      ),
    'parallel-load': z
      .strictObject({
        from: size
          .prefault('50GB')
          .describe('Tables of this size and more are loaded in ranges of their key.'),
        segments: z.int().min(2).max(49).default(8).describe('Ranges of each such table.'),
      })
      .prefault({}),
    'full-load-subtasks': z
      .int()
      .min(1)
      .max(49)
      .default(8)
      .describe('Tables and ranges that a task loads at the same time.'),
    assessment: z
      .strictObject({
        bucket: z.string().min(3).describe('S3 bucket for the results.'),
        role: roleArn.describe('Role with which DMS writes there.'),
        'fail-on': z
          .enum(['failed', 'warning', 'never'])
          .default('failed')
          .describe('From which result on create-task refuses to start the tasks.'),
      })
      .optional()
      .describe('DMS’s own premigration assessment, run before the tasks start.'),
  })
  .refine((dms) => countGiven(dms, replicationServers) === 1, {
    message: 'needs either `replication-instance` or `serverless`, not both',
    ...evenIfWrong,
  })
  .refine((dms) => countGiven(dms, ['serverless', 'assessment']) < 2, {
    message: 'is made of tasks on a `replication-instance` only, not with `serverless`',
    path: ['assessment'],
    ...evenIfWrong,
  })
  .refine(
    (dms) => !String(given(dms, 'ssl-mode')).startsWith('verify-') || given(dms, 'certificate') !== undefined,
    {
      message: 'is needed for `ssl-mode: verify-ca` and `verify-full`',
      path: ['certificate'],
      ...evenIfWrong,
    },
  )
  .refine((dms) => !(Number(given(dms, minCapacity)) > Number(given(dms, 'serverless.max-capacity'))), {
    message: 'must not be more than `max-capacity`',
    path: minCapacity.split('.'),
    ...evenIfWrong,
  })
