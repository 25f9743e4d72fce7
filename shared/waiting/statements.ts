import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readControlTableGrants = readFileSync(
  new URL('./sql/read-control-table-grants.sql', import.meta.url),
  'utf8',
)
export const readSourceHealthStatement = readFileSync(
  new URL('./sql/read-source-health.sql', import.meta.url),
  'utf8',
)
export const readApplyErrorsStatement = readFileSync(
  new URL('./sql/read-apply-errors.sql', import.meta.url),
  'utf8',
)
export const tryRunLock = readFileSync(new URL('./sql/try-run-lock.sql', import.meta.url), 'utf8')
export const readDmsSessions = readFileSync(new URL('./sql/read-dms-sessions.sql', import.meta.url), 'utf8')
export const readTableSizes = readFileSync(new URL('./sql/read-table-sizes.sql', import.meta.url), 'utf8')
