import {
  choice,
  duration,
  flag,
  list,
  optionalDatabaseUrl,
  optionalText,
  wholeNumber,
} from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: optionalText(),
  database: optionalText(),
  'plan-digest': optionalText(),
  'source-url': optionalDatabaseUrl(),
  'target-url': optionalDatabaseUrl(),
  tls: choice('verify-full', 'disable'),
  tables: list(),
  objects: flag(),
  mask: flag(),
  'max-connections': wholeNumber(1n),
  'max-load': wholeNumber(0n),
  'settle-time': duration(),
  'max-wait': duration(),
  'github-token': optionalText(),
  'dry-run': flag(),
}
