import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const readServerStateStatement = readFileSync(
  new URL('./sql/read-server-state.sql', import.meta.url),
  'utf8',
)
export const readWalStartStatement = readFileSync(
  new URL('./sql/read-wal-start.sql', import.meta.url),
  'utf8',
)
export const readWalEndStatement = readFileSync(new URL('./sql/read-wal-end.sql', import.meta.url), 'utf8')
export const readWalAverageStatement = readFileSync(
  new URL('./sql/read-wal-average.sql', import.meta.url),
  'utf8',
)
export const readHbaRulesStatement = readFileSync(
  new URL('./sql/read-hba-rules.sql', import.meta.url),
  'utf8',
)
