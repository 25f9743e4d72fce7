import { details, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import type { EnsuredTask } from './task-step.ts'

export interface CreateOutcome {
  readonly dryRun: boolean
  readonly planDigest: string
  readonly instance: string
  readonly tasks: readonly EnsuredTask[]
  readonly tables: number
  /** What was changed, or in a dry run would be: databases first, then AWS. */
  readonly changes: readonly string[]
}

/** What was made and what was found, as outputs and summary. Pure. */
export function report(outcome: CreateOutcome): Outcome {
  const { dryRun, tasks, changes } = outcome
  const state = dryRun ? 'planned' : 'started'
  const made = tasks.filter(({ created }) => created).length
  const count = `${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'} for ${outcome.tables} tables`
  const headline = dryRun
    ? `would create ${made} of ${count}; nothing was changed`
    : `${count} ${made === 0 ? 'were there already' : `on ${outcome.instance}, ${made} created now`}`
  const stopped = tasks.filter(({ status }) => status === 'stopped')
  const summary = [
    `## ${stopped.length > 0 ? '⚠️' : '✅'} create-task: ${headline}`,
    '',
    table(
      ['task', 'status', 'this run', 'note'],
      tasks.map(({ identifier, status, created, note }) => [
        identifier,
        status,
        created ? (dryRun ? 'would create' : 'created') : 'adopted',
        note,
      ]),
    ),
    '',
    details(
      dryRun ? 'What would be changed' : `Changes (${changes.length})`,
      changes.length === 0 ? 'Nothing: everything was there.' : changes.map((line) => `- ${line}`).join('\n'),
    ),
    '',
    `**Next:** ${dryRun ? 'run without `dry-run`.' : 'wait-full-load.'} **Way back:** delete the tasks, the endpoints and what else is listed above; the source keeps only its control schema.`,
  ]
  return {
    headline,
    outputs: {
      'task-arns': JSON.stringify(tasks.map(({ arn }) => arn).filter((arn) => arn.startsWith('arn:'))),
      state,
      'plan-digest': outcome.planDigest,
      result: JSON.stringify({
        state,
        replicationInstance: outcome.instance,
        tasks,
        changes,
      }),
    },
    summary: `${summary.join('\n')}\n`,
  }
}
