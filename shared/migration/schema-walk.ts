import { isMapping } from './value-at.ts'

// What zod's schemas say of themselves, read without their types: a walk meets any of them.

/** The schema at a path below another; in a choice between mappings the one that `value` means. Pure. */
export function schemaAt(schema: unknown, path: readonly PropertyKey[], value: unknown): unknown {
  let current = schema
  let below = value
  for (const key of path) {
    current = stepInto(current, key, below)
    below =
      isMapping(below) || Array.isArray(below) ? (below as Record<PropertyKey, unknown>)[key] : undefined
  }
  return current
}

/** Keys that a mapping may have there, of a choice those of every form that fits `value`. Pure. */
export function knownKeys(schema: unknown, value: unknown): string[] {
  return [...new Set(mappingForms(schema, value).flatMap((form) => Object.keys(form.shape)))]
}

/** The forms of a choice, in the order in which a failed parse reports them; anything else is its only form. Pure. */
export function formsOf(schema: unknown): readonly unknown[] {
  const bare = unwrap(schema)
  return bare !== undefined && Array.isArray(bare['options']) ? (bare['options'] as unknown[]) : [schema]
}

/** What is below `optional`, `default` and `prefault`. Pure. */
export function unwrap(schema: unknown): Record<string, unknown> | undefined {
  let current = schema
  while (hasUnwrap(current) && !('element' in current)) current = current.unwrap()
  return typeof current === 'object' && current !== null ? (current as Record<string, unknown>) : undefined
}

function hasUnwrap(schema: unknown): schema is { unwrap(): unknown } {
  return (
    typeof schema === 'object' && schema !== null && 'unwrap' in schema && typeof schema.unwrap === 'function'
  )
}

function stepInto(schema: unknown, key: PropertyKey, value: unknown): unknown {
  for (const form of mappingForms(schema, value)) if (Object.hasOwn(form.shape, key)) return form.shape[key]
  for (const form of formsOf(schema)) {
    const bare = unwrap(form)
    if (typeof key === 'number' && bare !== undefined && 'element' in bare) return bare['element']
  }
  return undefined
}

interface MappingForm {
  readonly shape: Readonly<Record<PropertyKey, unknown>>
}

function mappingForms(schema: unknown, value: unknown): MappingForm[] {
  const bare = unwrap(schema)
  if (bare === undefined) return []
  if (!Array.isArray(bare['options'])) return isMapping(bare['shape']) ? [{ shape: bare['shape'] }] : []
  const forms = bare['options'].flatMap((form) => mappingForms(form, value))
  const discriminator = isMapping(bare['def']) ? bare['def']['discriminator'] : undefined
  if (typeof discriminator !== 'string' || !isMapping(value)) return forms
  const said = value[discriminator]
  return forms.filter(({ shape }) => {
    const literal = unwrap(shape[discriminator])
    return literal?.['values'] instanceof Set && literal['values'].has(said)
  })
}
