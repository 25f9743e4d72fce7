import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const recordCreatedResource = readFileSync(
  new URL('./sql/record-created-resource.sql', import.meta.url),
  'utf8',
)
export const readCreatedResourcesStatement = readFileSync(
  new URL('./sql/read-created-resources.sql', import.meta.url),
  'utf8',
)
export const completeCreatedResource = readFileSync(
  new URL('./sql/complete-created-resource.sql', import.meta.url),
  'utf8',
)
