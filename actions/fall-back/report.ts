import type { BackRehearsal } from '../../shared/cutover/rehearse-back.ts'
import { details } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'

/** What a dry run would do. Pure. */
export function planned(facts: BackRehearsal): Outcome {
  const headline = `dry run: ${facts.migration} could fall back to the source`
  return {
    headline,
    outputs: {
      state: 'planned',
      'freeze-ms': '',
      'marker-round-trip-ms': '',
      'audit-file': '',
      result: JSON.stringify({ state: 'planned' }),
    },
    summary: [
      `## ℹ️ fall-back: ${headline}`,
      '',
      `${facts.tables} tables would be paused and fenced on the target, ${facts.sequences} sequences set on the source. Nothing was written.`,
      '',
      details('What would be done, in order', facts.statements.map((line) => `1. ${line}`).join('\n')),
      '',
    ].join('\n'),
  }
}
