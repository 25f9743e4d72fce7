import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readSlotsStatement = readFileSync(new URL('./sql/read-slots.sql', import.meta.url), 'utf8')
export const checkStartPositionStatement = readFileSync(
  new URL('./sql/check-start-position.sql', import.meta.url),
  'utf8',
)
export const readCopyStatement = readFileSync(new URL('./sql/read-copy.sql', import.meta.url), 'utf8')
export const readPositionAfterRecordStatement = readFileSync(
  new URL('./sql/read-position-after-record.sql', import.meta.url),
  'utf8',
)
export const readPassedSlotsStatement = readFileSync(
  new URL('./sql/read-passed-slots.sql', import.meta.url),
  'utf8',
)
