import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readExpressionKeysStatement = readFileSync(
  new URL('./sql/read-expression-keys.sql', import.meta.url),
  'utf8',
)
export const readColumnSequencesStatement = readFileSync(
  new URL('./sql/read-column-sequences.sql', import.meta.url),
  'utf8',
)
export const readForeignKeysOutsideStatement = readFileSync(
  new URL('./sql/read-foreign-keys-outside.sql', import.meta.url),
  'utf8',
)
export const readSampledValuesStatement = readFileSync(
  new URL('./sql/read-sampled-values.sql', import.meta.url),
  'utf8',
)
export const readFencedTablesStatement = readFileSync(
  new URL('./sql/read-fenced-tables.sql', import.meta.url),
  'utf8',
)
