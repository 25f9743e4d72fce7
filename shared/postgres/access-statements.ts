import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readDatabaseRolesStatement = readFileSync(
  new URL('./sql/read-database-roles.sql', import.meta.url),
  'utf8',
)
export const readRoleSettingsStatement = readFileSync(
  new URL('./sql/read-role-settings.sql', import.meta.url),
  'utf8',
)
export const readTableWritersStatement = readFileSync(
  new URL('./sql/read-table-writers.sql', import.meta.url),
  'utf8',
)
export const readDefinerFunctionsStatement = readFileSync(
  new URL('./sql/read-definer-functions.sql', import.meta.url),
  'utf8',
)
export const readForeignServersStatement = readFileSync(
  new URL('./sql/read-foreign-servers.sql', import.meta.url),
  'utf8',
)
export const readCronAccessStatement = readFileSync(
  new URL('./sql/read-cron-access.sql', import.meta.url),
  'utf8',
)
export const readCronJobsStatement = readFileSync(
  new URL('./sql/read-cron-jobs.sql', import.meta.url),
  'utf8',
)
export const readBackgroundWorkersStatement = readFileSync(
  new URL('./sql/read-background-workers.sql', import.meta.url),
  'utf8',
)
export const readDmsUserSessionsStatement = readFileSync(
  new URL('./sql/read-dms-user-sessions.sql', import.meta.url),
  'utf8',
)
export const readOtherTablesStatement = readFileSync(
  new URL('./sql/read-other-tables.sql', import.meta.url),
  'utf8',
)
