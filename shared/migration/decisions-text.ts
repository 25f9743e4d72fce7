import { deflateRawSync, inflateRawSync } from 'node:zlib'
import canonicalize from 'canonicalize'
import * as z from 'zod'
import { MigrationError, type Problem } from '../runtime/errors.ts'
import type { PlanDecisions } from './plan-decisions.ts'

/** Jobs pass it on as an environment variable (INPUT_…), and Linux takes 128 KiB for one (MAX_ARG_STRLEN). */
const longestText = 100_000
/** Nobody's decisions are as long; a short text must not unfold to the runner's whole memory. */
const longestJson = 64 * 1024 * 1024

const name = z.string().min(1)
const tableName = z.strictObject({ schema: name, table: name })
const decisionsSchema = z.strictObject({
  lobs: z.strictObject({
    taskMaxKb: z.int().min(1).max(102_400),
    tables: z.array(tableName.extend({ maxKb: z.int().min(1).max(102_400) })),
  }),
  groups: z.array(z.array(tableName)).max(60),
  ranges: z.array(
    tableName.extend({
      columns: z.array(name).min(1).max(10),
      boundaries: z.array(z.array(z.string())).min(1).max(48),
    }),
  ),
})

/**
 * Decisions as the text that preflight hands to the actions after it: canonical JSON, deflated, base64url. One group is
 * left out, since it is all tables: a plan with one task stays short, however many tables it has. Throws `refused`
 * where the text is longer than a job can pass on.
 */
export function encodeDecisions(decisions: PlanDecisions): string {
  const json = canonicalize({ ...decisions, groups: decisions.groups.length === 1 ? [] : decisions.groups })
  if (json === undefined) throw new TypeError('decisions are not JSON')
  const text = deflateRawSync(json, { level: 9 }).toString('base64url')
  if (text.length <= longestText) return text
  const tables = decisions.groups.reduce((sum, group) => sum + group.length, 0)
  throw refusal('refused', {
    field: 'dms.tasks',
    message: `the plan spreads ${tables} tables over ${decisions.groups.length} tasks, and the list of them is ${text.length} bytes long; jobs can pass on ${longestText}`,
    remedy:
      'Carry all tables in one task (`dms.tasks.max: 1`), or give each set that you would have named in `dms.tasks.together` a migration file of its own.',
  })
}

/** The input plan-decisions of the actions after preflight; undefined where it is left out. */
export function givenDecisions(text: string | undefined): PlanDecisions | undefined {
  return text === undefined ? undefined : decodeDecisions(text, 'plan-decisions')
}

/** Decisions from that text, which may come from anywhere. Throws `invalid-input` naming what is wrong with it. */
export function decodeDecisions(text: string, field: string): PlanDecisions {
  const remedy =
    'Pass the output plan-decisions of preflight as it is: `${{ needs.preflight.outputs.plan-decisions }}`.'
  let value: unknown
  try {
    const unfolded = inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: longestJson })
    value = JSON.parse(unfolded.toString('utf8'))
  } catch (cause) {
    throw refusal(
      'invalid-input',
      { field, message: `input ${field} is not what preflight gave`, remedy },
      cause,
    )
  }
  const read = decisionsSchema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const path = (issue?.path ?? []).map(String).join('.')
  throw refusal('invalid-input', {
    field,
    message: `input ${field} is not what preflight gave: ${path === '' ? '' : `${path}: `}${issue?.message ?? 'unreadable'}`,
    remedy,
  })
}

function refusal(code: 'refused' | 'invalid-input', problem: Problem, cause?: unknown): MigrationError {
  return new MigrationError(code, problem.message, { remedy: problem.remedy, problems: [problem], cause })
}
