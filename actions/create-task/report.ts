import { details, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import { severityOf, type Assessment } from './assessment.ts'
import type { EnsuredTask } from '../../shared/replication/ensure-task.ts'

export interface CreateOutcome {
  readonly dryRun: boolean
  readonly planDigest: string
  /** What the tasks run on, for people. */
  readonly compute: string
  readonly assessments: readonly Assessment[]
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
    : `${count} ${made === 0 ? 'were there already' : `on ${outcome.compute}, ${made} created now`}`
  const stopped = tasks.filter(({ status }) => status === 'stopped')
  const summary = [
    `## ${stopped.length > 0 ? '⚠️' : dryRun ? 'ℹ️' : '✅'} create-task: ${headline}`,
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
    ...assessmentLines(outcome.assessments),
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
        compute: outcome.compute,
        assessments: outcome.assessments,
        tasks,
        changes,
      }),
    },
    summary: `${summary.join('\n')}\n`,
  }
}

/** DMS's premigration assessments beside our own findings: what did not pass first. */
function assessmentLines(assessments: readonly Assessment[]): string[] {
  if (assessments.length === 0) return []
  const rows = assessments.flatMap(({ task, results }) =>
    results.map(({ name, status }) => [severityOf(status), task, name, status]),
  )
  const open = rows.filter(([severity]) => severity !== 'passed')
  return [
    `### DMS’s premigration assessment: ${rows.length - open.length} passed, ${open.length} not`,
    '',
    ...(open.length === 0 ? [] : [table(['severity', 'task', 'check', 'status'], open), '']),
  ]
}
