import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readLobTableSizes = readFileSync(
  new URL('./sql/read-lob-table-sizes.sql', import.meta.url),
  'utf8',
)
