import { readFileSync } from 'node:fs'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
export const createSlotFunctions = readFileSync(
  new URL('./sql/create-slot-functions.sql', import.meta.url),
  'utf8',
)
export const readCarrierRightsStatement = readFileSync(
  new URL('./sql/read-carrier-rights.sql', import.meta.url),
  'utf8',
)
export const readCarrierRoleStatement = readFileSync(
  new URL('./sql/read-carrier-role.sql', import.meta.url),
  'utf8',
)
export const readProofStatement = readFileSync(new URL('./sql/read-proof.sql', import.meta.url), 'utf8')
export const readCutsStatement = readFileSync(new URL('./sql/read-cuts.sql', import.meta.url), 'utf8')
