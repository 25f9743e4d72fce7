import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const createTargetFunctions = readFileSync(
  new URL('./sql/create-target-functions.sql', import.meta.url),
  'utf8',
)
export const readGuardStatementsStatement = readFileSync(
  new URL('./sql/read-guard-statements.sql', import.meta.url),
  'utf8',
)
export const saveGuardStatement = readFileSync(new URL('./sql/save-guard.sql', import.meta.url), 'utf8')
export const readGuardStatement = readFileSync(new URL('./sql/read-guard.sql', import.meta.url), 'utf8')
export const endStrangersStatement = readFileSync(new URL('./sql/end-strangers.sql', import.meta.url), 'utf8')
export const readPreparationStatement = readFileSync(
  new URL('./sql/read-preparation.sql', import.meta.url),
  'utf8',
)
export const readDecisionsStatement = readFileSync(
  new URL('./sql/read-decisions.sql', import.meta.url),
  'utf8',
)
export const readPlannedStorageStatement = readFileSync(
  new URL('./sql/read-planned-storage.sql', import.meta.url),
  'utf8',
)
export const readFilledTablesStatement = readFileSync(
  new URL('./sql/read-filled-tables.sql', import.meta.url),
  'utf8',
)
export const readNotNullStatement = readFileSync(new URL('./sql/read-not-null.sql', import.meta.url), 'utf8')
export const readSavedStateStatement = readFileSync(
  new URL('./sql/read-saved-state.sql', import.meta.url),
  'utf8',
)
export const readUnvalidatedCheckStatement = readFileSync(
  new URL('./sql/read-unvalidated-check.sql', import.meta.url),
  'utf8',
)
export const saveStateStatement = readFileSync(new URL('./sql/save-state.sql', import.meta.url), 'utf8')
export const forgetStateStatement = readFileSync(new URL('./sql/forget-state.sql', import.meta.url), 'utf8')
export const journalChangeStatement = readFileSync(
  new URL('./sql/journal-change.sql', import.meta.url),
  'utf8',
)
export const storeGuardedStatement = readFileSync(new URL('./sql/store-guarded.sql', import.meta.url), 'utf8')
export const readWholeParentsStatement = readFileSync(
  new URL('./sql/read-whole-parents.sql', import.meta.url),
  'utf8',
)
export const createSetAsideFunctions = readFileSync(
  new URL('./sql/create-set-aside-functions.sql', import.meta.url),
  'utf8',
)
export const readForeignKeysStatement = readFileSync(
  new URL('./sql/read-foreign-keys.sql', import.meta.url),
  'utf8',
)
export const readSecondaryIndexesStatement = readFileSync(
  new URL('./sql/read-secondary-indexes.sql', import.meta.url),
  'utf8',
)
export const readUserTriggersStatement = readFileSync(
  new URL('./sql/read-user-triggers.sql', import.meta.url),
  'utf8',
)
export const readSavedIndexesStatement = readFileSync(
  new URL('./sql/read-saved-indexes.sql', import.meta.url),
  'utf8',
)
export const readIndexProgressStatement = readFileSync(
  new URL('./sql/read-index-progress.sql', import.meta.url),
  'utf8',
)
export const readMaintenanceMemoryStatement = readFileSync(
  new URL('./sql/read-maintenance-memory.sql', import.meta.url),
  'utf8',
)
export const readObjectNamesStatement = readFileSync(
  new URL('./sql/read-object-names.sql', import.meta.url),
  'utf8',
)
export const readDmsTableGrantsStatement = readFileSync(
  new URL('./sql/read-dms-table-grants.sql', import.meta.url),
  'utf8',
)
export const readForeignKeyProofStatement = readFileSync(
  new URL('./sql/read-foreign-key-proof.sql', import.meta.url),
  'utf8',
)
export const readUnpopulatedViewsStatement = readFileSync(
  new URL('./sql/read-unpopulated-views.sql', import.meta.url),
  'utf8',
)
export const readSchemaMadeStatement = readFileSync(
  new URL('./sql/read-schema-made.sql', import.meta.url),
  'utf8',
)
export const readMissingTablesStatement = readFileSync(
  new URL('./sql/read-missing-tables.sql', import.meta.url),
  'utf8',
)
export const readEmptiedReferencesStatement = readFileSync(
  new URL('./sql/read-emptied-references.sql', import.meta.url),
  'utf8',
)
