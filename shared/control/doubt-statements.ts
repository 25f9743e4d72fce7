import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const createLoadBaseline = readFileSync(
  new URL('./sql/create-load-baseline.sql', import.meta.url),
  'utf8',
)
export const recordLoadBaselineStatement = readFileSync(
  new URL('./sql/record-load-baseline.sql', import.meta.url),
  'utf8',
)
export const readUncarriedStatement = readFileSync(
  new URL('./sql/read-uncarried.sql', import.meta.url),
  'utf8',
)
export const noteDoubtsStatement = readFileSync(new URL('./sql/note-doubts.sql', import.meta.url), 'utf8')
export const recordSchemaLinesStatement = readFileSync(
  new URL('./sql/record-schema-lines.sql', import.meta.url),
  'utf8',
)
export const readSchemaLinesStatement = readFileSync(
  new URL('./sql/read-schema-lines.sql', import.meta.url),
  'utf8',
)
export const readLoadTimesStatement = readFileSync(
  new URL('./sql/read-load-times.sql', import.meta.url),
  'utf8',
)
