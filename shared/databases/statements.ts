import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const seesLockStatement = readFileSync(new URL('./sql/sees-lock.sql', import.meta.url), 'utf8')
