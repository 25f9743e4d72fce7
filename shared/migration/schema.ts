import * as z from 'zod'
import { alarmSchema } from './alarm-schema.ts'
import { evenIfWrong, given } from './contradictions.ts'
import { cutoverSchema } from './cutover-schema.ts'
import { dmsSchema } from './dms-schema.ts'
import { tablePattern } from './field-formats.ts'
import { duringLoadSchema, loadSchema, schemaSchema } from './load-schema.ts'
import { notifySchema, statusCommentSchema } from './notify-schema.ts'
import { reverseContradictions } from './reverse-login-schema.ts'
import { sideSchema } from './side-schema.ts'
import { switchContradictions } from './switch-contradictions.ts'
import { verifySchema } from './verify-schema.ts'

/** What a migration may be called. */
export const migrationName = z
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
  reason: z
    .string()
    .min(10, 'must say in a sentence why this is acceptable')
    .describe('Why it is acceptable, in a sentence.'),
  expires: z.iso
    .date('must be a date, for example `2026-12-31`')
    .describe('The last day on which it counts.'),
})

/** The migration file: one reviewed YAML document for each migration (design section 3). Durations become ms, sizes bytes. */
export const migrationFileSchema = z
  .strictObject({
    name: migrationName.describe('Name of the migration; part of every AWS name and tag that it makes.'),
    source: sideSchema,
    target: sideSchema,
    dms: dmsSchema,
    tables: z.strictObject({
      include: z
        .array(tablePattern)
        .min(1)
        .describe(
          '`schema.table` with DMS’s wildcards: `%` any text, `_` one character, `[_]` an underscore.',
        ),
      exclude: z.array(tablePattern).default([]).describe('Of those, which not.'),
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
    sequences: z
      .strictObject({
        margin: z
          .int()
          .min(0)
          .max(1_000_000_000)
          .default(0)
          .describe('Steps that the target’s sequences are put ahead of the source’s.'),
      })
      .prefault({}),
    waivers: z
      .array(waiver)
      .default([])
      .describe(
        'Findings of preflight that are accepted, each with a reason and the day on which that ends.',
      ),
    verify: verifySchema.prefault({}),
    cutover: cutoverSchema,
    alarms: alarmSchema.optional(),
    notify: notifySchema,
    'status-comment': statusCommentSchema.optional(),
  })
  .superRefine((file, context) => {
    for (const { path, message } of contradictionsOf(file))
      context.addIssue({ code: 'custom', path: path.split('.').map(keyOf), message })
  }, evenIfWrong)

/** An item of a list goes by its number. */
function keyOf(key: string): string | number {
  return /^\d+$/u.test(key) ? Number(key) : key
}

/** What parts of the file, each right for itself, demand of each other. */
function* contradictionsOf(file: unknown): Generator<{ path: string; message: string }> {
  yield* reverseContradictions(file)
  const missing = (path: string) => given(file, path) === undefined
  const by = given(file, 'load.by')
  if (by === 'aurora-clone') {
    if (missing('source.rds-cluster')) yield { path: 'source.rds-cluster', message: 'is needed to be cloned' }
    if (missing('target.rds-cluster'))
      yield { path: 'target.rds-cluster', message: 'is needed: the name of the clone' }
  }
  if (by === 'snapshot') {
    if (missing('source.rds-instance') && missing('source.rds-cluster'))
      yield {
        path: 'source',
        message: 'needs `rds-instance` or `rds-cluster`: what a snapshot is taken of',
      }
    if (missing('target.rds-instance') && missing('target.rds-cluster'))
      yield {
        path: 'target',
        message: 'needs `rds-instance` or `rds-cluster`: the name of what is restored',
      }
    // Aurora tells the LSN of its own volume: of one that began as an instance's snapshot that says nothing of the source.
    const [restored, other] = missing('source.rds-cluster')
      ? (['rds-instance', 'rds-cluster'] as const)
      : (['rds-cluster', 'rds-instance'] as const)
    if (!missing(`source.${restored}`) && missing(`target.${restored}`) && !missing(`target.${other}`))
      yield {
        path: `target.${other}`,
        message: `must be \`${restored}\` like the source: nothing tells at which LSN of the source the rows of a snapshot stand in the other kind of server`,
      }
  }
  const slots = given(file, 'load.slots')
  const most = Number(given(file, 'dms.tasks.max') ?? 1)
  if (by === 'existing' && Array.isArray(slots) && slots.length > most)
    yield {
      path: 'load.slots',
      message: `must not be more than the tasks that \`dms.tasks.max\` allows (${most}): nobody would read the others, and the source would keep its WAL for them`,
    }
  if (!missing('schema.aurora-replica')) {
    if (missing('source.rds-instance'))
      yield { path: 'source.rds-instance', message: 'is needed to be replicated' }
    if (missing('target.rds-cluster'))
      yield { path: 'target.rds-cluster', message: 'is needed: the name of the replica' }
    if (given(file, 'empty-target') !== 'truncate')
      yield {
        path: 'empty-target',
        message: 'must be `truncate` with `aurora-replica`: a replica holds rows that DMS will load again',
      }
  }
  if (['aurora-clone', 'snapshot', 'existing'].includes(String(by)) && given(file, 'schema') !== 'existing')
    yield { path: 'schema', message: 'must be `existing` where the rows come with their tables' }
  yield* switchContradictions(file)
}

/** A migration file as the actions use it: defaults filled in, durations in ms, sizes in bytes. */
export type Migration = z.infer<typeof migrationFileSchema>
export type DatabaseSide = Migration['source']
