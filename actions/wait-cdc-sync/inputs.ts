import { duration, flag, optionalText, wholeNumber } from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: optionalText(),
  database: optionalText(),
  'task-arns': optionalText(),
  'plan-digest': optionalText(),
  rounds: wholeNumber(1n),
  'max-wait': duration(),
  'github-token': optionalText(),
  'dry-run': flag(),
}
