import { choice, flag, optionalDatabaseUrl, optionalText, wholeNumber } from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: optionalText(),
  database: optionalText(),
  'plan-digest': optionalText(),
  'source-url': optionalDatabaseUrl(),
  'target-url': optionalDatabaseUrl(),
  tls: choice('verify-full', 'disable'),
  margin: wholeNumber(0n),
  'dry-run': flag(),
}
