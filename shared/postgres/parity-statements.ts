import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readObjectsStatement = readFileSync(new URL('./sql/read-objects.sql', import.meta.url), 'utf8')
export const readGrantsStatement = readFileSync(new URL('./sql/read-grants.sql', import.meta.url), 'utf8')
export const readExtensionVersionsStatement = readFileSync(
  new URL('./sql/read-extension-versions.sql', import.meta.url),
  'utf8',
)
export const readCollationsStatement = readFileSync(
  new URL('./sql/read-collations.sql', import.meta.url),
  'utf8',
)
