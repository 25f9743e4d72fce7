import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const hasComparisonsStatement = readFileSync(
  new URL('./sql/has-comparisons.sql', import.meta.url),
  'utf8',
)
export const beginComparisonStatement = readFileSync(
  new URL('./sql/begin-comparison.sql', import.meta.url),
  'utf8',
)
export const readComparedPartsStatement = readFileSync(
  new URL('./sql/read-compared-parts.sql', import.meta.url),
  'utf8',
)
export const saveComparedPartStatement = readFileSync(
  new URL('./sql/save-compared-part.sql', import.meta.url),
  'utf8',
)
export const finishComparisonStatement = readFileSync(
  new URL('./sql/finish-comparison.sql', import.meta.url),
  'utf8',
)
export const readLatestComparisonStatement = readFileSync(
  new URL('./sql/read-latest-comparison.sql', import.meta.url),
  'utf8',
)
export const readComparedTablesStatement = readFileSync(
  new URL('./sql/read-compared-tables.sql', import.meta.url),
  'utf8',
)
