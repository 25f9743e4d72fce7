import * as z from 'zod'
import { approvalSchema } from './approval-schema.ts'
import { duration } from './field-formats.ts'
import { endpointsSchema, quiesceSchema, switchSchema } from './switch-schema.ts'
import { windowSchema } from './window-schema.ts'

/** The policy of the cutover. */
export const cutoverSchema = z.strictObject({
  environment: z
    .string()
    .min(1)
    .default('production-cutover')
    .describe('GitHub environment whose reviewers approve the cutover.'),
  fence: z
    .enum(['lock', 'read-only', 'auto'])
    .default('lock')
    .describe(
      'How writers are kept out: `lock` locks all tables in one transaction, which PostgreSQL undoes by itself; `read-only` closes table by table and ends all sessions before the drain, with a dead-man in the database that gives it back: for more tables than the server has lock slots; `auto` takes locks where they fit.',
    ),
  'freeze-budget': duration.prefault('30s').describe('Longest time that writers may wait.'),
  'marker-round-trip': duration
    .prefault('10s')
    .describe('Longest marker round trip with which a cutover may begin.'),
  'evidence-age': duration
    .prefault('24h')
    .describe('How old the evidence of wait-cdc-sync may be when the cutover begins.'),
  'application-roles': z
    .array(z.string().min(1))
    .min(1)
    .describe('Login roles of the applications; the fence is proved with each.'),
  switch: z
    .array(switchSchema)
    .min(1)
    .describe('What points clients at the target when it is open, in this order.'),
  endpoints: endpointsSchema,
  quiesce: quiesceSchema,
  'fall-back': z
    .boolean()
    .default(true)
    .describe(
      'Whether a way back must stay open: preflight then demands what the reverse task needs of the target.',
    ),
  stragglers: z
    .enum(['end', 'report'])
    .default('end')
    .describe('Sessions that still come to the source after the switch are ended, or only reported.'),
  'stale-reads': z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('Whether the fenced source may still be read: `refuse` takes CONNECT from everybody.'),
  'smoke-test': z
    .array(z.string().min(1))
    .default([])
    .describe('SQL statements that must succeed on the target, as the application’s role, before it opens.'),
  approval: approvalSchema.optional(),
  window: windowSchema.optional(),
  watch: duration.prefault('5s').describe('How long stragglers are watched for after the switch.'),
})
