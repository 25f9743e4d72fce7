import { format, resolveConfig } from 'prettier'
import * as z from 'zod'
import { duration, size } from '../../shared/migration/field-formats.ts'
import { migrationFileSchema } from '../../shared/migration/schema.ts'
import { table } from '../../shared/report/markdown.ts'

/** The part of JSON Schema that the migration file's schema is made of. */
interface Schema {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

type Row = readonly [key: string, takes: string, unlessGiven: string, meaning: string]

/**
 * A document with the table of the migration file's keys written anew between `<!-- keys -->` and `<!-- /keys -->`, from
 * the schema that the actions check with; formatted. Throws where a marker is missing.
 */
export async function withMigrationKeys(document: string): Promise<string> {
  const pattern = /(<!-- keys -->)[^]*?(<!-- \/keys -->)/u
  if (!pattern.test(document)) throw new Error('the document has no <!-- keys --> … <!-- /keys -->')
  const rows = migrationKeys()
  const keys = table(['key', 'takes', 'unless given', 'meaning'], rows, rows.length)
  const text = document.replace(pattern, (_, open: string, close: string) => `${open}\n\n${keys}\n\n${close}`)
  return format(text, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' })
}

/** Every key that a migration file may have, in the schema's order; a part that two keys share is told once. */
export function migrationKeys(): Row[] {
  const schema = z.toJSONSchema(migrationFileSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    // Both are text that is read; JSON Schema cannot tell them from any other.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === duration) jsonSchema.format = 'duration'
      if (zodSchema === size) jsonSchema.format = 'size'
    },
  })
  return keysBelow(schema as Schema, '')
}

function keysBelow({ properties = {}, required = [] }: Schema, path: string): Row[] {
  const told = new Map<string, string>()
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = path === '' ? name : `${path}.${name}`
    const text = JSON.stringify(schema)
    const same = schema.properties === undefined ? undefined : told.get(text)
    if (same !== undefined) return [row(key, `the keys of \`${same}\``, schema, required.includes(name))]
    told.set(text, key)
    return [row(key, takes(schema), schema, required.includes(name)), ...rowsBelow(schema, key)]
  })
}

function row(key: string, what: string, schema: Schema, required: boolean): Row {
  const { default: fallback } = schema
  const simple = ['string', 'number', 'boolean'].includes(typeof fallback)
  const value = simple ? `\`${JSON.stringify(fallback).replaceAll('"', '')}\`` : required ? 'required' : ''
  return [`\`${key}\``, what, value, schema.description ?? '']
}

function rowsBelow(schema: Schema, key: string): Row[] {
  const forms = schema.anyOf ?? schema.oneOf
  if (forms === undefined)
    return schema.items === undefined ? keysBelow(schema, key) : keysBelow(schema.items, `${key}[]`)
  const choice = discriminator(forms)
  // Each form is one of several: none of their keys is needed by itself.
  if (choice === undefined) return forms.flatMap((form) => rowsBelow({ ...form, required: [] }, key))
  return [choiceRow(forms, key, choice), ...choiceKeys(forms, key, choice)]
}

/** The key whose one value says which form an object has; undefined where the forms have none. */
function discriminator(forms: readonly Schema[]): string | undefined {
  const [first] = forms
  return Object.keys(first?.properties ?? {}).find((name) =>
    forms.every((form) => form.properties?.[name]?.const !== undefined),
  )
}

function choiceRow(forms: readonly Schema[], key: string, choice: string): Row {
  const values = forms.map((form) => `\`${String(form.properties?.[choice]?.const)}\``)
  const meanings = forms.map(({ description }, index) => `${values[index] ?? ''}: ${description ?? ''}`)
  return [`\`${key}.${choice}\``, values.join(', '), '', meanings.join(' ')]
}

/** The keys of all forms, each once, with the values of the choice that it goes with. */
function choiceKeys(forms: readonly Schema[], key: string, choice: string): Row[] {
  const found = new Map<string, { row: Row; with: string[] }>()
  for (const form of forms)
    for (const [name, what, value, meaning] of keysBelow(form, key)) {
      if (name === `\`${key}.${choice}\``) continue
      const one = found.get(name) ?? { row: [name, what, value, meaning] as const, with: [] }
      one.with.push(`\`${String(form.properties?.[choice]?.const)}\``)
      found.set(name, one)
    }
  return [...found.values()].map(({ row: [name, what, value, meaning], with: values }) => [
    name,
    what,
    value,
    `With ${values.join(' and ')}. ${meaning}`.trim(),
  ])
}

/** What may stand behind a key, in words. */
function takes(schema: Schema): string {
  const forms = schema.anyOf ?? schema.oneOf
  if (forms?.every((form) => form.const !== undefined) === true)
    return takes({ enum: forms.map((form) => form.const) })
  if (forms !== undefined) return [...new Set(forms.map(takes))].join('; or ')
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.type === 'array') return `list of ${takes(schema.items ?? {})}`
  if (schema.type === 'boolean') return '`true`, `false`'
  if (schema.type === 'integer')
    return `whole number, ${String(schema.minimum)} to ${schema.maximum?.toLocaleString('en') ?? ''}`
  if (schema.type === 'object') return 'keys'
  return schema.format ?? 'text'
}
