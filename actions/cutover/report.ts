import { shown } from '../../shared/cutover/freeze-chart.ts'
import { details } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'

/** What a dry run would do. Pure. */
export function planned(facts: {
  migration: string
  tables: number
  sequences: number
  predictedFreezeMs: number | undefined
  statements: readonly string[]
}): Outcome {
  const predicted =
    facts.predictedFreezeMs === undefined ? 'unknown (no evidence)' : shown(facts.predictedFreezeMs)
  const headline = `dry run: ${facts.migration} could be cut over; predicted freeze ${predicted}`
  return {
    headline,
    outputs: {
      state: 'planned',
      'freeze-ms': '',
      'marker-round-trip-ms': '',
      'audit-file': '',
      result: JSON.stringify({ state: 'planned', predictedFreezeMs: facts.predictedFreezeMs ?? null }),
    },
    summary: [
      `## ℹ️ cutover: ${headline}`,
      '',
      `${facts.tables} tables would be paused and fenced, ${facts.sequences} sequences set. Nothing was written.`,
      '',
      details('What would be done, in order', facts.statements.map((line) => `1. ${line}`).join('\n')),
      '',
    ].join('\n'),
  }
}
