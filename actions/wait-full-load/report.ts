import { details } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import type { HealthReport } from '../../shared/waiting/health-watch.ts'
import type { TaskSight } from '../../shared/waiting/task-sight.ts'
import { etaText, paceOf } from './pace.ts'
import { loadGantt, progressPlots } from './plots.ts'
import { bytesText, rateText, type Progress } from './progress.ts'
import { healthPart, problemTable, tableTable, taskFacts, taskTable } from './report-tables.ts'
import { grouped, spokenDuration } from './spoken.ts'
import type { LoadWait } from './wait.ts'

export interface LoadOutcome extends LoadWait {
  readonly dryRun: boolean
  readonly maxWaitMs: number
  /** What the finishing of the target did, line by line; undefined where it was not this action's business. */
  readonly finished: readonly string[] | undefined
  readonly health: HealthReport | undefined
  /** Ms since the epoch while the wait goes on; undefined when it is over. */
  readonly at: number | undefined
}

const nothing: Progress = {
  elapsedMs: 0,
  loadMs: 0,
  loaded: 0,
  total: 0,
  errored: 0,
  rows: 0,
  bytes: null,
  totalBytes: null,
  longestMs: null,
}

/** Outcome of the wait as outputs and summary. Pure. */
export function report(outcome: LoadOutcome): Outcome {
  const { verdict, sights, interrupted } = outcome
  const last = outcome.samples.at(-1) ?? nothing
  const state = verdict.kind === 'loaded' && interrupted === undefined ? 'loaded' : 'still-running'
  const headline = headlineOf(outcome, last)
  const gantt = loadGantt(sights, lastSeen(outcome, last))
  const summary = [
    `## ${signOf(outcome)} wait-full-load: ${headline}`,
    '',
    ...(outcome.at === undefined ? [] : [whileWaiting(outcome.at), '']),
    ...(interrupted?.by === 'expired-credentials' ? [`${interrupted.message}.`, ''] : []),
    ...(verdict.kind === 'failed' ? [problemTable(verdict.problems), ''] : []),
    ...(verdict.kind === 'loading' ? [paceLine(outcome.samples, last), ''] : []),
    taskTable(sights),
    '',
    ...healthPart(outcome.health),
    progressPlots(outcome.samples),
    '',
    ...(gantt === '' ? [] : [details('When the tables were loaded', gantt), '']),
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
    failed: verdict.kind === 'failed' || interrupted?.by === 'cancelled',
  }
}

function signOf({ verdict, interrupted }: LoadOutcome): string {
  if (verdict.kind === 'failed' || interrupted?.by === 'cancelled') return '❌'
  return verdict.kind === 'loaded' && interrupted === undefined ? '✅' : '⏳'
}

/** When the last look was, by DMS's dates: tables that are in load then end there in the plot. */
function lastSeen({ sights }: LoadOutcome, { loadMs }: Progress): number {
  const starts = sights.flatMap(({ task }) =>
    task.fullLoadStarted === undefined ? [] : [task.fullLoadStarted.getTime()],
  )
  return Math.min(...(starts.length === 0 ? [0] : starts)) + loadMs
}

function whileWaiting(at: number): string {
  return `_Written while the step waits, at ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC. Where this is the last that it said, its runner died: the load goes on in DMS, and so does the next run._`
}

function paceLine(samples: readonly Progress[], last: Progress): string {
  const { rowsPerSecond, eta } = paceOf(samples)
  const why = eta.kind === 'unknown' ? ` (${eta.reason})` : ''
  return `Bytes ${bytesText(last)} · rate ${rateText(rowsPerSecond)} · ${etaText(eta)}${why}`
}

function finishLines(finished: readonly string[] | undefined): string[] {
  if (finished === undefined) return []
  const lines = finished.length === 0 ? ['nothing was left to do'] : finished
  return ['### Finishing the target', '', ...lines.map((line) => `- ${line}`), '']
}

function headlineOf(outcome: LoadOutcome, last: Progress): string {
  const { verdict, dryRun, maxWaitMs, sights, interrupted } = outcome
  const count = `${last.loaded} of ${last.total} tables, ${grouped(last.rows)} rows`
  if (interrupted?.by === 'cancelled')
    return outcome.samples.length === 0
      ? 'the wait was cancelled before the first look'
      : `the wait was cancelled at full-load ${last.loaded}/${last.total} tables, ${grouped(last.rows)} rows`
  if (interrupted?.by === 'expired-credentials') {
    const unfinished = verdict.kind === 'loaded' ? ', and the target is not finished' : ''
    return `the credentials of this job ended before the wait did: ${count}${unfinished}`
  }
  if (verdict.kind === 'loaded' && sights.length > 0 && sights.every(carriesChangesOnly))
    return `there is nothing to load: the rows came by other means, ${sights.length === 1 ? 'the task carries' : 'the tasks carry'} changes only`
  if (verdict.kind === 'loaded') return `the full load is complete: ${count}`
  if (verdict.kind === 'failed') {
    const [first] = verdict.problems
    const more = verdict.problems.length > 1 ? ` (and ${verdict.problems.length - 1} more)` : ''
    return `the full load has failed: ${first?.message ?? ''}${more}`
  }
  if (outcome.at !== undefined) return `the full load goes on: ${count}`
  if (dryRun) return `the full load goes on: ${count} (dry run: not waited for)`
  return `the full load goes on after ${spokenDuration(maxWaitMs)}: ${count}`
}

function carriesChangesOnly({ task }: TaskSight): boolean {
  return task.migrationType === 'cdc'
}

function nextStep({ verdict, dryRun, finished, sights, interrupted, at }: LoadOutcome): string {
  if (interrupted?.by === 'cancelled') return 'the tasks go on. Run this action again to wait on.'
  if (interrupted?.by === 'expired-credentials')
    return 'run this action again with new credentials; it goes on where the tasks are. Raise `role-duration-seconds`, or give a `max-wait` below it.'
  if (verdict.kind === 'failed')
    return 'do what the table says, then run the workflow again. Nothing was changed; the source is untouched.'
  const waits = sights.some(({ state }) => state.kind === 'stopped' && state.by === 'setting')
  if (verdict.kind === 'loaded' && finished === undefined && waits)
    return 'finish-target, which starts the tasks again; they stopped after their load as their settings say.'
  if (verdict.kind === 'loaded') return 'wait-cdc-sync.'
  if (at !== undefined) return 'nothing; this step waits.'
  if (dryRun) return 'run again without `dry-run` to wait.'
  return 'run this action again; it goes on where the tasks are. Nothing was lost by the end of this wait.'
}

function resultOf(state: string, outcome: LoadOutcome, last: Progress): Record<string, unknown> {
  const { rowsPerSecond, eta } = paceOf(outcome.samples)
  return {
    state,
    verdict: outcome.verdict.kind,
    interrupted: outcome.interrupted?.by ?? null,
    tables: last.loaded,
    totalTables: last.total,
    rows: last.rows,
    bytes: last.bytes,
    totalBytes: last.totalBytes,
    rowsPerSecond,
    etaSeconds: eta.kind === 'range' ? [eta.lowMs / 1000, eta.highMs / 1000].map(Math.round) : null,
    waitedSeconds: Number((last.elapsedMs / 1000).toFixed(1)),
    tasks: outcome.sights.map(taskFacts),
    problems: outcome.verdict.kind === 'failed' ? outcome.verdict.problems : [],
    warnings: outcome.health?.findings ?? [],
  }
}
