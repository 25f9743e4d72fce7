import { taskState } from '../../shared/dms/task-state.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import { gaugeName, hoursLeft, type Gauge } from '../../shared/waiting/gauge.ts'
import { spokenHours } from '../../shared/waiting/health-findings.ts'
import type { HealthReport } from '../../shared/waiting/health-watch.ts'
import { retainedBytes } from '../../shared/waiting/source-health.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import { grouped, spokenBytes, spokenDuration } from './spoken.ts'

export function problemTable(problems: readonly Problem[]): string {
  return table(
    ['where', 'what', 'what to do'],
    problems.map(({ field, message, remedy }) => [field, message, remedy]),
  )
}

export function taskTable(sights: readonly TaskSight[]): string {
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

/** A task in numbers, for the table and for the output `result`. */
export function taskFacts(sight: TaskSight) {
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

export function tableTable(sights: readonly TaskSight[]): string {
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

/** What runs out, if anything, and what was watched, folded; empty before the first look. */
export function healthPart(health: HealthReport | undefined): string[] {
  if (health === undefined) return []
  const rows = [
    ...health.gauges.filter(({ points }) => points.length > 0).map(gaugeRow),
    ...sourceRows(health),
  ]
  const watched = [
    ...(rows.length === 0 ? [] : [table(['what', 'of', 'now', 'lasts'], rows), '']),
    ...health.unknown.map((text) => `- ${text}`),
  ]
  return [
    ...health.findings.flatMap(({ severity, message, remedy }) => [
      `${severity === 'critical' ? '🔴' : '🟡'} **${message}.** ${remedy}`,
      '',
    ]),
    ...(watched.length === 0 ? [] : [details('What the load runs on', watched.join('\n')), '']),
  ]
}

function gaugeRow(gauge: Gauge): string[] {
  const value = gauge.points.at(-1)?.value ?? 0
  const percent = gauge.kind === 'instance-cpu' || gauge.kind === 'serverless-capacity'
  const runsOut = gauge.kind === 'instance-storage' || gauge.kind === 'source-storage'
  const hours = runsOut ? hoursLeft(gauge) : null
  const lasts = gauge.points.length < 2 ? 'one sample only' : 'does not shrink'
  return [
    gaugeName(gauge.kind),
    gauge.of,
    percent ? `${Math.round(value)} %` : spokenBytes(value),
    runsOut ? (hours === null ? lasts : spokenHours(hours)) : '',
  ]
}

function sourceRows({ source }: HealthReport): string[][] {
  const last = source.at(-1)
  if (last === undefined) return []
  const oldest = last.longest === null ? 'none' : spokenDuration(last.longest.seconds * 1000)
  return [
    ['WAL kept by slots', 'source', spokenBytes(Number(retainedBytes(last))), ''],
    ['Oldest writing transaction', 'source', last.mayMonitor ? oldest : 'not visible', ''],
  ]
}
