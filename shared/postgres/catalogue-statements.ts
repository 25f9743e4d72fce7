import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readRelationsStatement = readFileSync(
  new URL('./sql/read-relations.sql', import.meta.url),
  'utf8',
)
export const readColumnsStatement = readFileSync(new URL('./sql/read-columns.sql', import.meta.url), 'utf8')
export const readIndexesStatement = readFileSync(new URL('./sql/read-indexes.sql', import.meta.url), 'utf8')
export const readConstraintsStatement = readFileSync(
  new URL('./sql/read-constraints.sql', import.meta.url),
  'utf8',
)
export const readTriggersStatement = readFileSync(new URL('./sql/read-triggers.sql', import.meta.url), 'utf8')
export const readSequenceCatalogueStatement = readFileSync(
  new URL('./sql/read-sequence-catalogue.sql', import.meta.url),
  'utf8',
)
export const readFingerprintStatement = readFileSync(
  new URL('./sql/read-fingerprint.sql', import.meta.url),
  'utf8',
)
