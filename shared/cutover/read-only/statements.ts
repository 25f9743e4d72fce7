import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const createPutBackFunctions = readFileSync(
  new URL('./sql/create-put-back-functions.sql', import.meta.url),
  'utf8',
)
export const createReadOnlyFunctions = readFileSync(
  new URL('./sql/create-read-only-functions.sql', import.meta.url),
  'utf8',
)
