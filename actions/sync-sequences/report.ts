import type { Outcome } from '../../shared/runtime/run-action.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { SequencePlan } from '../../shared/sequences/plan-sequences.ts'

/** What is told: `behind` are those found behind when read again after setting. Pure. */
export function report(facts: {
  readonly plan: SequencePlan
  readonly total: number
  readonly behind: readonly { readonly schema: string; readonly sequence: string }[]
  readonly dryRun: boolean
}): Outcome {
  const { plan, behind, dryRun, total } = facts
  const missing = [...plan.missingOnTarget, ...plan.missingOnSource]
  const failed = behind.length > 0 || missing.length > 0
  const headline = headlineOf(facts, missing.length)
  const attention = [
    ...missing.map(({ schema, sequence }) => [`${schema}.${sequence}`, 'on one side only', '']),
    ...behind.map(({ schema, sequence }) => [`${schema}.${sequence}`, 'still behind', '']),
    ...plan.atLimit.map(({ schema, sequence, limit }) => [
      `${schema}.${sequence}`,
      'the margin runs into its limit',
      limit,
    ]),
  ]
  const set = plan.advances.map(({ schema, sequence, value, called }) => [
    `${schema}.${sequence}`,
    called ? value : `${value}, not used yet`,
  ])
  return {
    headline,
    failed,
    outputs: {
      state: dryRun ? 'planned' : 'synced',
      advanced: String(plan.advances.length),
      behind: String(behind.length),
      result: JSON.stringify({
        total,
        advanced: plan.advances.length,
        behind: behind.length,
        missing: missing.length,
        atLimit: plan.atLimit.length,
      }),
    },
    summary: [
      `## ${failed ? '❌' : dryRun ? 'ℹ️' : '✅'} sync-sequences: ${headline}`,
      '',
      ...(attention.length === 0 ? [] : [table(['sequence', 'what', 'value'], attention), '']),
      set.length === 0
        ? 'Nothing had to be set.'
        : details(dryRun ? 'What would be set' : 'What was set', table(['sequence', 'value'], set, 500)),
      '',
      `**Next:** ${nextStep(facts, missing.length)}`,
      '',
    ].join('\n'),
  }
}

function nextStep({ behind, dryRun }: Parameters<typeof report>[0], missing: number): string {
  if (missing > 0) return 'make the sequences on the side that lacks them, then run this again.'
  if (behind.length > 0)
    return 'run this again; where one stays behind, look for who sets it back on the target.'
  return dryRun ? 'run without `dry-run`.' : 'nothing to do; the cutover sets again what moves until then.'
}

function headlineOf(facts: Parameters<typeof report>[0], missing: number): string {
  const { plan, behind, dryRun, total } = facts
  if (missing > 0) return `${missing} of ${total} sequences are on one side only`
  if (behind.length > 0) return `${behind.length} of ${total} sequences are still behind the source`
  const count = plan.advances.length
  return dryRun
    ? `${count} of ${total} sequences would be set (dry run: nothing written)`
    : `${count} of ${total} sequences set, none behind`
}
