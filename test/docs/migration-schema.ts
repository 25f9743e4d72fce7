import * as z from 'zod'
import { migrationFileSchema } from '../../shared/migration/schema.ts'

/** The migration file's JSON Schema, as editors take it, from the schema that the actions check with. */
export function migrationSchemaText(): string {
  const schema = z.toJSONSchema(migrationFileSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  })
  return `${JSON.stringify({ title: 'Migration to Aurora PostgreSQL', ...schema }, undefined, 2)}\n`
}
