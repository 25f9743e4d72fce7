import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readSchemaNeedsStatement = readFileSync(
  new URL('./sql/read-schema-needs.sql', import.meta.url),
  'utf8',
)
export const readRoleAttributesStatement = readFileSync(
  new URL('./sql/read-role-attributes.sql', import.meta.url),
  'utf8',
)
export const endSchemaSessionsStatement = readFileSync(
  new URL('./sql/end-schema-sessions.sql', import.meta.url),
  'utf8',
)
export const readTargetForDumpStatement = readFileSync(
  new URL('./sql/read-target-for-dump.sql', import.meta.url),
  'utf8',
)
