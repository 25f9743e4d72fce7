import { flag, optionalText, text } from '../../shared/runtime/inputs.ts'

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: text('.github/migrations/shop.yml'),
  database: optionalText(),
  'plan-digest': text('${{ needs.preflight.outputs.plan-digest }}'),
  'evidence-id': text('${{ needs.sync.outputs.evidence-id }}'),
  'require-approval': flag(),
  'github-token': text('${{ github.token }}'),
  'audit-file': optionalText(),
  'abort-only': flag(),
  'dry-run': flag(),
}
