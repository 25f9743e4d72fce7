import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readServerFactsStatement = readFileSync(
  new URL('./sql/read-server-facts.sql', import.meta.url),
  'utf8',
)
export const readDatabaseObjectsStatement = readFileSync(
  new URL('./sql/read-database-objects.sql', import.meta.url),
  'utf8',
)
export const readActivityStatement = readFileSync(new URL('./sql/read-activity.sql', import.meta.url), 'utf8')
export const readRolesStatement = readFileSync(new URL('./sql/read-roles.sql', import.meta.url), 'utf8')
export const readLoginRightsStatement = readFileSync(
  new URL('./sql/read-login-rights.sql', import.meta.url),
  'utf8',
)
export const readDmsRightsStatement = readFileSync(
  new URL('./sql/read-dms-rights.sql', import.meta.url),
  'utf8',
)
export const readReplicationRoleRightStatement = readFileSync(
  new URL('./sql/read-replication-role-right.sql', import.meta.url),
  'utf8',
)
export const readTableStatisticsStatement = readFileSync(
  new URL('./sql/read-table-statistics.sql', import.meta.url),
  'utf8',
)
export const readSequencePositionsStatement = readFileSync(
  new URL('./sql/read-sequence-positions.sql', import.meta.url),
  'utf8',
)
export const readRulesStatement = readFileSync(new URL('./sql/read-rules.sql', import.meta.url), 'utf8')
