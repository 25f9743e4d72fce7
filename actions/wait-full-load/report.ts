import { taskState } from '../../shared/dms/task-state.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import type { LoadVerdict } from './assess.ts'
import { grouped, progressPlot, spokenDuration, type Progress } from './progress.ts'

export interface LoadOutcome {
  readonly verdict: LoadVerdict
  readonly sights: readonly TaskSight[]
  readonly samples: readonly Progress[]
  readonly dryRun: boolean
  readonly maxWaitMs: number
  /** What the finishing of the target did, line by line; undefined where it was not this action's business. */
  readonly finished: readonly string[] | undefined
}

/** Outcome of the wait as outputs and summary. Pure. */
export function report(outcome: LoadOutcome): Outcome {
  const { verdict, sights } = outcome
  const last = outcome.samples.at(-1) ?? { elapsedMs: 0, loaded: 0, total: 0, errored: 0, rows: 0 }
  const state = verdict.kind === 'loaded' ? 'loaded' : 'still-running'
  const headline = headlineOf(outcome, last)
  const summary = [
    `## ${verdict.kind === 'failed' ? '❌' : verdict.kind === 'loaded' ? '✅' : '⏳'} wait-full-load: ${headline}`,
    '',
    ...(verdict.kind === 'failed' ? [problemTable(verdict.problems), ''] : []),
    taskTable(sights),
    '',
    progressPlot(outcome.samples),
    '',
    details('Tables', tableTable(sights)),
    '',
    ...finishLines(outcome.finished),
    `**Next:** ${nextStep(outcome)}`,
  ]
  return {
    headline,
    outputs: {
      state,
      tables: String(last.loaded),
      rows: String(last.rows),
      result: JSON.stringify(resultOf(state, outcome, last)),
    },
    summary: `${summary.join('\n').replaceAll(/\n{3,}/gu, '\n\n')}\n`,
    failed: verdict.kind === 'failed',
  }
}

function finishLines(finished: readonly string[] | undefined): string[] {
  if (finished === undefined) return []
  const lines = finished.length === 0 ? ['nothing was left to do'] : finished
  return ['### Finishing the target', '', ...lines.map((line) => `- ${line}`), '']
}

function headlineOf({ verdict, dryRun, maxWaitMs, sights }: LoadOutcome, last: Progress): string {
  const count = `${last.loaded} of ${last.total} tables, ${grouped(last.rows)} rows`
  if (
    verdict.kind === 'loaded' &&
    sights.length > 0 &&
    sights.every(({ task }) => task.migrationType === 'cdc')
  )
    return `there is nothing to load: the rows came by other means, ${sights.length === 1 ? 'the task carries' : 'the tasks carry'} changes only`
  if (verdict.kind === 'loaded') return `the full load is complete: ${count}`
  if (verdict.kind === 'failed') {
    const [first] = verdict.problems
    const more = verdict.problems.length > 1 ? ` (and ${verdict.problems.length - 1} more)` : ''
    return `the full load has failed: ${first?.message ?? ''}${more}`
  }
  if (dryRun) return `the full load goes on: ${count} (dry run: not waited for)`
  return `the full load goes on after ${spokenDuration(maxWaitMs)}: ${count}`
}

function nextStep({ verdict, dryRun, finished, sights }: LoadOutcome): string {
  if (verdict.kind === 'failed')
    return 'do what the table says, then run the workflow again. Nothing was changed; the source is untouched.'
  const waits = sights.some(({ state }) => state.kind === 'stopped' && state.by === 'setting')
  if (verdict.kind === 'loaded' && finished === undefined && waits)
    return 'finish-target, which starts the tasks again; they stopped after their load as their settings say.'
  if (verdict.kind === 'loaded') return 'wait-cdc-sync.'
  if (dryRun) return 'run again without `dry-run` to wait.'
  return 'run this action again; it goes on where the tasks are. Nothing was lost by the end of this wait.'
}

function problemTable(problems: readonly Problem[]): string {
  return table(
    ['where', 'what', 'what to do'],
    problems.map(({ field, message, remedy }) => [field, message, remedy]),
  )
}

function taskTable(sights: readonly TaskSight[]): string {
  return table(
    ['task', 'status', 'tables loaded', 'rows', 'load took'],
    sights.map((sight) => {
      const facts = taskFacts(sight)
      return [
        facts.identifier,
        facts.status,
        `${facts.loaded} of ${facts.tables}`,
        grouped(facts.rows),
        facts.seconds === null ? 'unknown' : spokenDuration(facts.seconds * 1000),
      ]
    }),
  )
}

function taskFacts(sight: TaskSight) {
  const { task } = sight
  const tables = migratedTables(sight)
  const { fullLoadStarted: from, fullLoadFinished: to } = task
  const state = taskState(task)
  return {
    identifier: task.identifier,
    status:
      state.kind === 'running' || state.kind === 'ready' ? task.status : `${task.status} (${state.kind})`,
    tables: tables.length,
    loaded: tables.filter(({ state: word }) => word === 'Table completed').length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    seconds: from === undefined || to === undefined ? null : (to.getTime() - from.getTime()) / 1000,
  }
}

function tableTable(sights: readonly TaskSight[]): string {
  const rows = sights
    .flatMap(migratedTables)
    .sort((a, b) => b.rows - a.rows)
    .map((found) => [
      `${found.schema}.${found.table}`,
      found.state,
      grouped(found.rows),
      found.loadStarted === undefined || found.loadEnded === undefined
        ? ''
        : spokenDuration(found.loadEnded.getTime() - found.loadStarted.getTime()),
    ])
  return table(['table', 'state', 'rows', 'took'], rows)
}

function resultOf(state: string, outcome: LoadOutcome, last: Progress): Record<string, unknown> {
  return {
    state,
    verdict: outcome.verdict.kind,
    tables: last.loaded,
    totalTables: last.total,
    rows: last.rows,
    waitedSeconds: Number((last.elapsedMs / 1000).toFixed(1)),
    tasks: outcome.sights.map(taskFacts),
    problems: outcome.verdict.kind === 'failed' ? outcome.verdict.problems : [],
  }
}
