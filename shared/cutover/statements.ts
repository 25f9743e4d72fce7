import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const createFenceFunctions = readFileSync(
  new URL('./sql/create-fence-functions.sql', import.meta.url),
  'utf8',
)
export const createOpeningFunctions = readFileSync(
  new URL('./sql/create-opening-functions.sql', import.meta.url),
  'utf8',
)
export const readLockText = readFileSync(new URL('./sql/read-lock-text.sql', import.meta.url), 'utf8')
export const readDecisionStatement = readFileSync(new URL('./sql/read-decision.sql', import.meta.url), 'utf8')
export const beginDecisionStatement = readFileSync(
  new URL('./sql/begin-decision.sql', import.meta.url),
  'utf8',
)
export const abortDecisionStatement = readFileSync(
  new URL('./sql/abort-decision.sql', import.meta.url),
  'utf8',
)
export const writeJournalStatement = readFileSync(new URL('./sql/write-journal.sql', import.meta.url), 'utf8')
export const saveFenceStateStatement = readFileSync(
  new URL('./sql/save-fence-state.sql', import.meta.url),
  'utf8',
)
export const readStragglersStatement = readFileSync(
  new URL('./sql/read-stragglers.sql', import.meta.url),
  'utf8',
)
export const readLockBlockersStatement = readFileSync(
  new URL('./sql/read-lock-blockers.sql', import.meta.url),
  'utf8',
)
export const readTurnHolderStatement = readFileSync(
  new URL('./sql/read-turn-holder.sql', import.meta.url),
  'utf8',
)
export const readOpeningReadinessStatement = readFileSync(
  new URL('./sql/read-opening-readiness.sql', import.meta.url),
  'utf8',
)
export const readPastFreezesStatement = readFileSync(
  new URL('./sql/read-past-freezes.sql', import.meta.url),
  'utf8',
)
export const readUnfencedStatement = readFileSync(new URL('./sql/read-unfenced.sql', import.meta.url), 'utf8')
export const readJournalDetailStatement = readFileSync(
  new URL('./sql/read-journal-detail.sql', import.meta.url),
  'utf8',
)
export const readHeldClientsStatement = readFileSync(
  new URL('./sql/read-held-clients.sql', import.meta.url),
  'utf8',
)
