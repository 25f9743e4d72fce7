import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readSequencesStatement = readFileSync(
  new URL('./sql/read-sequences.sql', import.meta.url),
  'utf8',
)
export const setSequencesStatement = readFileSync(new URL('./sql/set-sequences.sql', import.meta.url), 'utf8')
