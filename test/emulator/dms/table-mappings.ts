import { z } from 'zod'
import { invalidValue } from '../protocol/aws-error.ts'
import type { Quirk } from '../replication/quirks.ts'

const ruleSchema = z.looseObject({
  'rule-type': z.enum(['selection', 'transformation', 'table-settings', 'validation']),
  'rule-id': z.union([z.string(), z.number()]).transform(String),
  'rule-name': z.string(),
})

const mappingsSchema = z.object({ rules: z.array(ruleSchema).min(1) })

/** Table settings as the User Guide has them ("Table and collection settings rules and operations"). */
const tableSettingsSchema = z.strictObject({
  'rule-type': z.literal('table-settings'),
  'rule-id': z.string(),
  'rule-name': z.string(),
  'object-locator': z.strictObject({ 'schema-name': z.string(), 'table-name': z.string() }),
  'parallel-load': z
    .strictObject({
      type: z.enum(['none', 'ranges', 'partitions-auto', 'subpartitions-auto', 'partitions-list']),
      partitions: z.array(z.string()).min(1).optional(),
      subpartitions: z.array(z.string()).optional(),
      columns: z.array(z.string()).min(1).max(10).optional(),
      boundaries: z.array(z.array(z.string())).min(1).optional(),
    })
    .optional(),
  'lob-settings': z
    .strictObject({
      mode: z.enum(['limited', 'unlimited', 'none']).optional(),
      'bulk-max-size': z.union([z.string().regex(/^\d+$/), z.number().int().min(0)]).optional(),
    })
    .optional(),
})

function failedRule(id: string, reason: string): Error {
  return invalidValue(`Error in mapping rules. Rule with ruleId = ${id} failed validation. ${reason}`)
}

function demandTableSettings(rule: unknown, id: string, quirks: Readonly<Record<Quirk, boolean>>): void {
  const parsed = tableSettingsSchema.safeParse(rule)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw failedRule(id, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  const { 'object-locator': locator, 'parallel-load': parallel } = parsed.data
  if (`${locator['schema-name']}${locator['table-name']}`.includes('%')) {
    throw failedRule(id, 'Exact schema and table name required when using table settings rule.')
  }
  if (parallel === undefined || parallel.type === 'none') return
  if (parallel.type === 'ranges') {
    const { columns, boundaries } = parallel
    if (!columns || !boundaries) throw failedRule(id, 'Parallel load by ranges needs columns and boundaries.')
    if (boundaries.some((boundary) => boundary.length !== columns.length)) {
      throw failedRule(id, `Each boundary must have ${columns.length} values, one for each column.`)
    }
    return
  }
  if (parallel.type === 'subpartitions-auto' || quirks['partition-segments-refused']) {
    throw failedRule(id, `Parallel load of type ${parallel.type} is not supported for a PostgreSQL source.`)
  }
  if (parallel.type === 'partitions-list' && !parallel.partitions) {
    throw failedRule(id, 'Parallel load of type partitions-list needs partitions.')
  }
}

/**
 * Refuses mappings that are no JSON, whose rule ids or names are not unique, or whose table settings are wrong in themselves.
 * What the other rules mean, and whether tables and columns are there, is the row mover's business.
 */
export function demandMappings(text: string, quirks: Readonly<Record<Quirk, boolean>>): void {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw invalidValue('Error in mapping rules. Table mappings are not valid json.')
  }
  const parsed = mappingsSchema.safeParse(document)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalidValue(`Error in mapping rules. ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  const { rules } = parsed.data
  for (const member of ['rule-id', 'rule-name'] as const) {
    const seen = new Set<string>()
    for (const rule of rules) {
      if (seen.has(rule[member]))
        throw invalidValue(`Error in mapping rules. Duplicate ${member} ${rule[member]}.`)
      seen.add(rule[member])
    }
  }
  if (!rules.some((rule) => rule['rule-type'] === 'selection')) {
    throw invalidValue('Error in mapping rules. There must be at least one selection rule.')
  }
  for (const rule of rules) {
    if (rule['rule-type'] === 'table-settings') demandTableSettings(rule, rule['rule-id'], quirks)
  }
}
