import { flag, optionalText, text } from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: text('.github/migrations/shop.yml'),
  database: optionalText(),
  'github-token': optionalText(),
  'compare-with': optionalText(),
  'dry-run': flag(),
}
