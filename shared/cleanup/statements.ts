import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readRemainsStatement = readFileSync(new URL('./sql/read-remains.sql', import.meta.url), 'utf8')
export const readDecisionsOfAllStatement = readFileSync(
  new URL('./sql/read-decisions-of-all.sql', import.meta.url),
  'utf8',
)
export const readSavedKindsStatement = readFileSync(
  new URL('./sql/read-saved-kinds.sql', import.meta.url),
  'utf8',
)
export const readJournalTailStatement = readFileSync(
  new URL('./sql/read-journal-tail.sql', import.meta.url),
  'utf8',
)
export const readLogicalSlotsStatement = readFileSync(
  new URL('./sql/read-logical-slots.sql', import.meta.url),
  'utf8',
)
export const readDroppableFunctionsStatement = readFileSync(
  new URL('./sql/read-droppable-functions.sql', import.meta.url),
  'utf8',
)
export const readDmsGrantsStatement = readFileSync(
  new URL('./sql/read-dms-grants.sql', import.meta.url),
  'utf8',
)
export const readPresentGrantsStatement = readFileSync(
  new URL('./sql/read-present-grants.sql', import.meta.url),
  'utf8',
)
export const mayDropSlotsStatement = readFileSync(
  new URL('./sql/may-drop-slots.sql', import.meta.url),
  'utf8',
)
