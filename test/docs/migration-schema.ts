import * as z from 'zod'
import { migrationFileSchema } from '../../shared/migration/schema.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * The migration file's JSON Schema, as editors take it, from the schema that the actions check with. A file is one
 * migration, or several databases: then each key may stand in the common part or in the part of a database.
 */
export function migrationSchemaText(): string {
  const { $schema, ...one } = z.toJSONSchema(migrationFileSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  })
  const part = partOf(one)
  const databases = {
    description:
      'Databases of one server, each a migration of its own, `<name>-<database>`, with what is other for it. The rest of the file holds for all.',
    type: 'object',
    minProperties: 1,
    additionalProperties: { anyOf: [{ type: 'null' }, part] },
  }
  const schema = {
    $schema,
    title: 'Migration to Aurora PostgreSQL',
    anyOf: [
      { title: 'One database', ...one },
      {
        title: 'Several databases of one server',
        ...part,
        properties: { ...(part['properties'] as Schema), databases },
        required: ['databases'],
      },
    ],
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

/** The same keys with nothing that must be there and nothing that is filled in; forms of a choice stay as they are. */
function partOf({ required: _required, default: _default, ...schema }: Schema): Schema {
  const { properties } = schema
  if (schema['type'] !== 'object' || typeof properties !== 'object' || properties === null) return schema
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties as Readonly<Record<string, Schema>>).map(([key, below]) => [
        key,
        partOf(below),
      ]),
    ),
  }
}
