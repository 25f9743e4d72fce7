import type { Outcome } from '../runtime/run-action.ts'
import type { Tidied } from './tidy-after.ts'

/** What an abort job found and did. Pure. */
export function tidiedOutcome(action: 'cutover' | 'fall-back', { state, sentence }: Tidied): Outcome {
  return {
    headline: sentence,
    outputs: {
      state,
      'freeze-ms': '',
      'marker-round-trip-ms': '',
      'audit-file': '',
      result: JSON.stringify({ state }),
    },
    summary: `## ${state === 'past-commit-point' ? '⚠️' : 'ℹ️'} ${action}, abort only: ${sentence}\n`,
  }
}
