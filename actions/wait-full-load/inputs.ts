import { duration, flag, optionalText } from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: optionalText(),
  database: optionalText(),
  'task-arns': optionalText(),
  'plan-digest': optionalText(),
  'max-wait': duration(),
  'github-token': optionalText(),
  'dry-run': flag(),
}
