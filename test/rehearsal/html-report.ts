import { readFileSync } from 'node:fs'
import type { WorkflowRun } from '../runner/run-workflow.ts'
import type { Activity } from './activity.ts'
import {
  escapeHtml,
  freezeChart,
  ganttChart,
  lagChart,
  loadChart,
  milliseconds,
  writesChart,
} from './charts.ts'
import type { RehearsalReport } from './report.ts'
import { shortStepName } from './step-name.ts'

const style = readFileSync(new URL('./html-report.css', import.meta.url), 'utf8')

/** `report.html`: one file that needs nothing else, no script and no network; verdict first. */
export function htmlReport(report: RehearsalReport, activity: Activity, run: WorkflowRun): string {
  const title = `${report.clean ? 'Clean' : 'Not clean'}: ${
    report.denied
      ? 'the reviewer said no, and nothing moved'
      : `PostgreSQL ${report.sourceVersion} → ${report.targetVersion}`
  }`
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Whatever is in here, a browser fetches and runs nothing.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>Rehearsal – ${escapeHtml(title)}</title>`,
    `<style>\n${style}</style>`,
    '</head>',
    `<body${report.clean ? '' : ' class="unclean"'}>`,
    '<main>',
    `<h1>${report.clean ? '✔' : '✘'} ${escapeHtml(title)}</h1>`,
    ...reasons(report),
    keyFigures(report),
    ...overTime(activity),
    ...cutover(report, activity),
    ...load(activity),
    judgeTable(report),
    stepTable(run),
    `<p class="note">The stand-in replicates in milliseconds, DMS in seconds${report.replicationDelayMs > 0 ? ` (here delayed by ${report.replicationDelayMs} ms)` : ''}: on AWS replication’s part of the freeze is the marker’s round trip that wait-cdc-sync measures. What the job summaries said is in report.md, beside this file.</p>`,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function reasons(report: RehearsalReport): string[] {
  if (report.reasons.length === 0) return []
  return [`<ul>${report.reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('')}</ul>`]
}

function keyFigures(report: RehearsalReport): string {
  const figure = (name: string, value: string) =>
    `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`
  const freeze =
    report.freezeMs === null
      ? []
      : [
          figure('freeze', milliseconds(report.freezeMs)),
          ...(report.freezeOursMs === null ? [] : [figure('of it ours', milliseconds(report.freezeOursMs))]),
          ...(report.freezeReplicationMs === null
            ? []
            : [figure('of it replication’s', milliseconds(report.freezeReplicationMs))]),
        ]
  return `<dl class="figures">${[
    ...freeze,
    figure('longest time without a write', milliseconds(report.writeDowntimeMs)),
    figure('acknowledged writes', report.acknowledgedWrites.toLocaleString('en-US')),
    figure('writes lost', String(report.lostWrites)),
    figure('the whole rehearsal', milliseconds(report.rehearsalMs)),
  ].join('')}</dl>`
}

function overTime(activity: Activity): string[] {
  const { freeze, around } = activity
  const most = (points: Activity['lag']) => points.reduce((top, [, value]) => Math.max(top, value), 0)
  const parts = [
    section(
      'Writes per second',
      writesChart(activity, {
        id: 'writes',
        title: 'Acknowledged writes per second over time',
        description: `${
          freeze === undefined
            ? 'Nothing was frozen.'
            : `Writers wrote to the source until second ${(freeze.from / 1000).toFixed(1)}, waited ${milliseconds(freeze.to - freeze.from)}, and wrote to the target after it.`
        } Up to ${most(activity.writes.source)} writes a second on the source, ${most(activity.writes.target)} on the target.`,
      }),
      'Seconds since the rehearsal’s first write.',
    ),
  ]
  if (freeze !== undefined && around !== undefined)
    parts.push(
      section(
        'The freeze, as the writers felt it',
        freezeChart(around, freeze, {
          id: 'freeze',
          title: 'Acknowledged writes around the freeze',
          description: `Writes counted every ${around.everyMs} ms, from before the freeze to after it: on the source until it begins, on the target once it is over.`,
        }),
        'Milliseconds since the freeze began. A write that was answered is counted where its answer came.',
      ),
    )
  if (activity.lag.length > 1)
    parts.push(
      section(
        'Replication lag',
        lagChart(activity, {
          id: 'lag',
          title: 'Replication lag over time',
          description: `WAL of the source that no replication slot had confirmed, at most ${Math.round(most(activity.lag) / 1024)} kB.`,
        }),
        'WAL of the source that its replication slots had not confirmed, read four times a second.',
      ),
    )
  return parts
}

function cutover(report: RehearsalReport, { phases, freeze }: Activity): string[] {
  if (phases.length === 0) return []
  const inFreeze = (name: string) => {
    const phase = phases.find((one) => one.name === name)
    return (
      phase !== undefined &&
      freeze !== undefined &&
      phase.to > freeze.from + 0.5 &&
      phase.from < freeze.to - 0.5
    )
  }
  const told = report.phases.map((phase) => `${phase.name} ${milliseconds(phase.ms)}`).join(', ')
  // Watching after the switch takes seconds, in which nobody waits: it would make everything else too small to see.
  const drawn = phases.filter(({ name }) => name !== 'watch')
  const watch = report.phases.find(({ name }) => name === 'watch')
  return [
    section(
      'The cutover, phase by phase',
      ganttChart(
        drawn,
        {
          id: 'cutover',
          title: 'Phases of the cutover in milliseconds',
          description: `One after the other: ${told}.`,
        },
        (name) => (name === 'drain' ? 'replication' : inFreeze(name) ? 'ours' : 'outside'),
      ),
      `<span style="color:var(--source)">■</span> our part of the freeze, <span style="color:var(--replication)">■</span> replication’s, <span style="color:var(--muted)">■</span> writers do not wait${
        watch === undefined ? '' : `. Then ${milliseconds(watch.ms)} of watching for stragglers`
      }.`,
    ),
  ]
}

function load(activity: Activity): string[] {
  const last = activity.loadedRows.at(-1)
  if (last === undefined || activity.loadedRows.length < 2) return []
  return [
    section(
      'The full load',
      loadChart(activity, {
        id: 'load',
        title: 'Progress of the full load',
        description: `${last[1].toLocaleString('en-US')} rows in ${activity.loadedRows.length} looks of wait-full-load, the last at second ${(last[0] / 1000).toFixed(1)}.`,
      }),
      'Seconds since the rehearsal’s first write; a point for each line of wait-full-load.',
    ),
  ]
}

/** `drawn` and `caption` are HTML. */
function section(heading: string, drawn: string, caption: string): string {
  return `<section><h2>${escapeHtml(heading)}</h2><figure>${drawn}<figcaption>${caption}</figcaption></figure></section>`
}

function judgeTable(report: RehearsalReport): string {
  const faults = [
    ['lost writes', report.lostWrites],
    ['duplicate writes', report.duplicateWrites],
    ['split-brain writes', report.splitBrainWrites],
    ['sequence collisions', report.sequenceCollisions],
    ['sequences behind', report.sequencesBehind],
    ['rows that differ', report.rowMismatches],
  ] as const
  const row = (name: string, value: number, fault: boolean) =>
    `<tr><th scope="row">${escapeHtml(name)}</th><td class="number${fault ? ' fault' : ''}">${value.toLocaleString('en-US')}</td></tr>`
  return [
    '<section><h2>What the judge counted</h2><table>',
    ...faults.map(([name, value]) => row(name, value, value > 0)),
    row('in-doubt writes (no fault)', report.inDoubtWrites, false),
    row('acknowledged writes', report.acknowledgedWrites, false),
    '</table></section>',
  ].join('')
}

function stepTable(run: WorkflowRun): string {
  const rows = Object.values(run.jobs).flatMap((job) => [
    [`<strong>${escapeHtml(job.id)}</strong>`, '', job.result, job.ms] as const,
    ...job.steps.map((step) => ['', escapeHtml(shortStepName(step.name)), step.conclusion, step.ms] as const),
  ])
  return [
    '<section><h2>Jobs and steps</h2><table>',
    '<thead><tr><th scope="col">job</th><th scope="col">step</th><th scope="col">result</th><th scope="col" class="number">time</th></tr></thead><tbody>',
    ...rows.map(
      ([job, step, result, ms]) =>
        `<tr><td>${job}</td><td>${step}</td><td${result === 'failure' ? ' class="fault"' : ''}>${result}</td><td class="number">${milliseconds(ms)}</td></tr>`,
    ),
    '</tbody></table></section>',
  ].join('')
}
