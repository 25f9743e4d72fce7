import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readObjectDetailsStatement = readFileSync(
  new URL('./sql/read-object-details.sql', import.meta.url),
  'utf8',
)
export const readObjectTextsStatement = readFileSync(
  new URL('./sql/read-object-texts.sql', import.meta.url),
  'utf8',
)
export const readSequenceValuesStatement = readFileSync(
  new URL('./sql/read-sequence-values.sql', import.meta.url),
  'utf8',
)
export const readMeantDifferencesStatement = readFileSync(
  new URL('./sql/read-meant-differences.sql', import.meta.url),
  'utf8',
)
export const readDmsUsersStatement = readFileSync(
  new URL('./sql/read-dms-users.sql', import.meta.url),
  'utf8',
)
