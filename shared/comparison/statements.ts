import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readComparedShapes = readFileSync(
  new URL('./sql/read-compared-shapes.sql', import.meta.url),
  'utf8',
)
export const countActiveBackends = readFileSync(
  new URL('./sql/count-active-backends.sql', import.meta.url),
  'utf8',
)
export const sortedAlike = readFileSync(new URL('./sql/sorted-alike.sql', import.meta.url), 'utf8')
