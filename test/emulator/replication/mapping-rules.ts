import { z } from 'zod'
import { FatalTaskError } from './task-failure.ts'

const condition = z.object({
  'filter-operator': z.enum(['eq', 'ste', 'lte', 'gte', 'between', 'notbetween', 'noteq', 'null', 'notnull']),
  value: z.string().optional(),
  'start-value': z.string().optional(),
  'end-value': z.string().optional(),
})

const filter = z.object({
  'filter-type': z.literal('source'),
  'column-name': z.string(),
  'filter-conditions': z.array(condition).min(1),
})

const ruleId = z.union([z.string(), z.number()])

const selection = z.object({
  'rule-type': z.literal('selection'),
  'rule-id': ruleId,
  'rule-name': ruleId.optional(),
  'object-locator': z.object({
    'schema-name': z.string(),
    'table-name': z.string(),
    'table-type': z.enum(['table', 'view', 'all']).default('table'),
  }),
  'rule-action': z.enum(['include', 'exclude', 'explicit']),
  'load-order': z.union([z.string(), z.number()]).optional(),
  filters: z.array(filter).default([]),
})

const transformation = z.object({
  'rule-type': z.literal('transformation'),
  'rule-id': ruleId,
  'rule-name': ruleId.optional(),
  'rule-target': z.enum(['schema', 'table', 'column']),
  'object-locator': z.object({
    'schema-name': z.string(),
    'table-name': z.string().default('%'),
    'column-name': z.string().default('%'),
  }),
  'rule-action': z.enum([
    'rename',
    'remove-column',
    'convert-lowercase',
    'convert-uppercase',
    'add-prefix',
    'remove-prefix',
    'replace-prefix',
    'add-suffix',
    'remove-suffix',
    'replace-suffix',
  ]),
  value: z.string().nullish(),
  'old-value': z.string().nullish(),
})

const parallelLoad = z.object({
  type: z.enum(['none', 'ranges', 'partitions-auto', 'partitions-list']),
  partitions: z.array(z.string()).default([]),
  columns: z.array(z.string()).default([]),
  boundaries: z.array(z.array(z.string())).default([]),
})

const tableSettings = z.object({
  'rule-type': z.literal('table-settings'),
  'rule-id': ruleId,
  'rule-name': ruleId.optional(),
  'object-locator': z.object({ 'schema-name': z.string(), 'table-name': z.string() }),
  'parallel-load': parallelLoad.optional(),
  'lob-settings': z
    .object({
      mode: z.enum(['limited', 'unlimited', 'none']).optional(),
      'bulk-max-size': z.union([z.string(), z.number()]).optional(),
    })
    .optional(),
})

const document = z.object({
  rules: z.array(z.discriminatedUnion('rule-type', [selection, transformation, tableSettings])).min(1),
})

export type SelectionRule = z.infer<typeof selection>
export type TransformationRule = z.infer<typeof transformation>
export type TableSettingsRule = z.infer<typeof tableSettings>
export type SourceFilter = z.infer<typeof filter>
export type FilterCondition = z.infer<typeof condition>
export type ParallelLoad = z.infer<typeof parallelLoad>
export type MappingRule = z.infer<typeof document>['rules'][number]

/**
 * Reads the table mappings of a task. What this emulator does not do (other rules, other actions) is refused by name.
 * @throws FatalTaskError
 */
export function readMappingRules(mappings: unknown): MappingRule[] {
  const result = document.safeParse(mappings)
  if (!result.success)
    throw new FatalTaskError(
      `Error in mapping rules, not valid or not supported by this emulator: ${z.prettifyError(result.error)}`,
    )
  for (const rule of result.data.rules) {
    if (rule['rule-type'] !== 'table-settings') continue
    const { 'schema-name': schema, 'table-name': table } = rule['object-locator']
    if (`${schema}${table}`.includes('%'))
      throw new FatalTaskError('Exact schema and table name required when using table settings rule')
  }
  return result.data.rules
}

/** A DMS name pattern as a matcher: `%` any text, `_` one character, `[_]` a literal, `[ab]` and `[a-d]` sets. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  let source = ''
  for (let position = 0; position < pattern.length; position += 1) {
    const character = pattern.charAt(position)
    const close = character === '[' ? pattern.indexOf(']', position + 1) : -1
    if (character === '%') source += '.*'
    else if (character === '_') source += '.'
    else if (close > position + 1) {
      source += `[${pattern.slice(position + 1, close).replaceAll(/[\\\]^]/g, String.raw`\$&`)}]`
      position = close
    } else source += character.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  }
  const expression = new RegExp(`^${source}$`, 'su')
  return (name) => expression.test(name)
}
