import { flag, optionalText, text } from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: text('.github/migrations/shop.yml'),
  database: optionalText(),
  'plan-digest': text('${{ needs.preflight.outputs.plan-digest }}'),
  'plan-decisions': optionalText(),
  'github-token': optionalText(),
  'dry-run': flag(),
}
