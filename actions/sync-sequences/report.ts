import { details, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import { sequenceProblems, type SequenceSides } from '../../shared/sequences/problems.ts'
import type { SequenceName } from '../../shared/sequences/sequences.ts'
import type { SyncedSequences } from '../../shared/sequences/sync-sequences.ts'

type Order = SequenceSides & { readonly margin: bigint; readonly dryRun: boolean }

/** What is told of a sync: what was set, what could not be, and on which side to do what. Pure. */
export function report(synced: SyncedSequences, order: Order): Outcome {
  const { plan, behind, onlyTo, total } = synced
  const { dryRun } = order
  const problems = sequenceProblems(plan, order)
  const failed = behind.length > 0 || problems.length > 0
  const headline = headlineOf(synced, problems.length, dryRun)
  const attention = [
    ...problems.map(({ field, message, remedy }) => [field, message, remedy]),
    ...behind.map((one) => [
      named(one),
      `is still behind the ${order.from}`,
      `Run this again; where it stays behind, look for who sets it back on the ${order.to}.`,
    ]),
    ...plan.atLimit.map((one) => [
      named(one),
      `the margin of ${order.margin} steps would use it up (limit ${one.limit}): ${dryRun ? 'it would be' : 'it was'} left out`,
      'Widen it soon, with the column that it feeds: ALTER SEQUENCE … AS bigint.',
    ]),
    ...onlyTo.map((one) => [
      named(one),
      `is on the ${order.to} only: there is nothing to set it by`,
      'Nothing, where it belongs there. Else look whether these are the two databases that you mean.',
    ]),
  ]
  const set = plan.advances.map((one) => [named(one), one.called ? one.value : `${one.value}, not used yet`])
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
        missing: plan.missingFrom.length + plan.missingTo.length,
        refused: plan.refused.length,
        atLimit: plan.atLimit.length,
        onlyTarget: onlyTo.length,
      }),
    },
    summary: [
      `## ${failed ? '❌' : dryRun ? 'ℹ️' : '✅'} sync-sequences: ${headline}`,
      '',
      ...(attention.length === 0 ? [] : [table(['sequence', 'what', 'what to do'], attention, 100), '']),
      set.length === 0
        ? 'Nothing had to be set.'
        : details(dryRun ? 'What would be set' : 'What was set', table(['sequence', 'value'], set, 500)),
      '',
      `**Next:** ${nextStep(synced, problems.length, dryRun)}`,
      '',
    ].join('\n'),
  }
}

function named({ schema, sequence }: SequenceName): string {
  return `${schema}.${sequence}`
}

function nextStep({ behind }: SyncedSequences, problems: number, dryRun: boolean): string {
  if (problems > 0)
    return 'do what the table says for each, then run this again. The others are not held up by them.'
  if (behind.length > 0) return 'run this again.'
  return dryRun ? 'run without `dry-run`.' : 'nothing to do; the cutover sets again what moves until then.'
}

function headlineOf({ plan, behind, total }: SyncedSequences, problems: number, dryRun: boolean): string {
  const count = plan.advances.length
  if (problems > 0)
    return `${problems} of ${total} sequences cannot be set, ${count} ${dryRun ? 'would be' : 'were'} set`
  if (behind.length > 0) return `${behind.length} of ${total} sequences are still behind`
  return dryRun
    ? `${count} of ${total} sequences would be set (dry run: nothing written)`
    : `${count} of ${total} sequences set, none behind`
}
