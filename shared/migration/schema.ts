import * as z from 'zod'
import { cutoverSchema } from './cutover-schema.ts'
import { dmsSchema } from './dms-schema.ts'
import { tablePattern } from './field-formats.ts'
import { duringLoadSchema, loadSchema, schemaSchema } from './load-schema.ts'
import { sideSchema } from './side-schema.ts'

const name = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9]|-(?!-|$)){0,39}$/u,
    'must be 1 to 40 lower-case letters, digits and single hyphens, and start with a letter',
  )

const waiver = z.strictObject({
  code: z.string().min(1).describe('Code of the finding.'),
  objects: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Only for these objects, as the finding writes them; without it for all.'),
  reason: z.string().min(10, 'must say in a sentence why this is acceptable'),
  expires: z.iso.date('must be a date, for example `2026-12-31`'),
})

/** The migration file: one reviewed YAML document for each migration (design section 3). Durations become ms, sizes bytes. */
export const migrationFileSchema = z
  .strictObject({
    name: name.describe('Name of the migration; part of every AWS name and tag that it makes.'),
    source: sideSchema,
    target: sideSchema,
    dms: dmsSchema,
    tables: z.strictObject({
      include: z.array(tablePattern).min(1),
      exclude: z.array(tablePattern).default([]),
    }),
    load: loadSchema.prefault({ by: 'dms' }),
    schema: schemaSchema
      .default('existing')
      .describe(
        'How the target gets its schema. `existing`: it is there already. `dump`: by pg_dump, in two parts around the load.',
      ),
    'during-load': duringLoadSchema.prefault({}),
    prepare: z
      .enum(['auto', 'separate'])
      .default('auto')
      .describe('`auto`: create-task and wait-full-load prepare and finish the target themselves.'),
    'empty-target': z
      .enum(['refuse', 'truncate'])
      .default('refuse')
      .describe('What to do with rows that are in the planned tables of the target already.'),
    sequences: z.strictObject({ margin: z.int().min(0).max(1_000_000_000).default(0) }).prefault({}),
    waivers: z
      .array(waiver)
      .default([])
      .describe(
        'Findings of preflight that are accepted, each with a reason and the day on which that ends.',
      ),
    cutover: cutoverSchema,
  })
  .superRefine((file, context) => {
    const { source, target } = file
    const demand = (met: boolean, path: string[], message: string): void => {
      if (!met) context.addIssue({ code: 'custom', path, message })
    }
    if (file.load.by === 'aurora-clone') {
      demand(source['rds-cluster'] !== undefined, ['source', 'rds-cluster'], 'is needed to be cloned')
      demand(
        target['rds-cluster'] !== undefined,
        ['target', 'rds-cluster'],
        'is needed: the name of the clone',
      )
    }
    if (file.load.by === 'snapshot') {
      const named = target['rds-instance'] ?? target['rds-cluster']
      demand(
        named !== undefined,
        ['target'],
        'needs `rds-instance` or `rds-cluster`: the name of what is restored',
      )
    }
    if (typeof file.schema === 'object' && 'aurora-replica' in file.schema) {
      demand(source['rds-instance'] !== undefined, ['source', 'rds-instance'], 'is needed to be replicated')
      demand(
        target['rds-cluster'] !== undefined,
        ['target', 'rds-cluster'],
        'is needed: the name of the replica',
      )
      demand(
        file['empty-target'] === 'truncate',
        ['empty-target'],
        'must be `truncate` with `aurora-replica`: a replica holds rows that DMS will load again',
      )
    }
    demand(
      file.load.by === 'dms' || file.schema === 'existing',
      ['schema'],
      'must be `existing` where the rows come with their tables',
    )
  })

/** A migration file as the actions use it: defaults filled in, durations in ms, sizes in bytes. */
export type Migration = z.infer<typeof migrationFileSchema>
export type DatabaseSide = Migration['source']
