import { z } from 'zod'
import { invalidValue } from '../protocol/aws-error.ts'

const ruleSchema = z.looseObject({
  'rule-type': z.enum(['selection', 'transformation', 'table-settings', 'validation']),
  'rule-id': z.union([z.string(), z.number()]).transform(String),
  'rule-name': z.string(),
})

const mappingsSchema = z.object({ rules: z.array(ruleSchema).min(1) })

/** Refuses mappings that are no JSON, or whose rule ids or names are not unique. What a rule means is the row mover's business. */
export function demandMappings(text: string): void {
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
}
