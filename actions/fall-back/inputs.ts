import { flag, optionalText, text } from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: text('.github/migrations/shop.yml'),
  database: optionalText(),
  'plan-digest': text('${{ inputs.plan-digest }}'),
  'require-approval': flag(),
  'github-token': text('${{ github.token }}'),
  'abort-only': flag(),
  'audit-file': optionalText(),
  'dry-run': flag(),
}
