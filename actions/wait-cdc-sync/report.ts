import { howToApprove, windowText } from '../../shared/approval/how-to-approve.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { switchNames } from '../../shared/migration/planned-switch.ts'
import { plannedTables } from '../../shared/migration/plan-schemas.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import {
  bottleneckLines,
  comparedText,
  limitsOfProof,
  evidenceRows,
  metricRows,
  slotRows,
} from './report-tables.ts'
import type { MetricSight } from '../../shared/waiting/task-metrics.ts'
import type { SyncSight } from './assess.ts'
import { latencyLimitSeconds, type MetricsOutcome } from './metrics-only.ts'
import { lagPlots } from './plots.ts'
import type { FreezePrediction } from './predict.ts'
import type { SyncOutcome } from './sync.ts'

export interface ReportFacts {
  readonly plan: Plan
  readonly dryRun: boolean
}

/** The outcome of a wait with markers: what the reviewer decides from. Pure. */
export function report(outcome: SyncOutcome, facts: ReportFacts): Outcome {
  const { wait, proved } = outcome
  const { plan } = facts
  const limitMs = plan.cutover.markerRoundTripMs
  if (wait.kind === 'refused') return refusal(wait.problems, measuredSections(outcome, plan))
  if (wait.kind === 'still-running' || proved === undefined) return stillRunning(outcome, facts)
  const { evidence, prediction } = proved
  const slowest = Math.max(...evidence.markerRoundTripsMs)
  const unverified = [...wait.unverified, ...limitsOfProof(outcome, plan)]
  const headline = `caught up: ${evidence.markerRoundTripsMs.length} markers in a row within ${Math.round(slowest)} ms; predicted freeze ${secondsText(evidence.predictedFreezeMs)}`
  const window = windowText(plan.cutover)
  const sections = [
    [
      `- **Freeze:** between ${secondsText(prediction.range.low)} and ${secondsText(prediction.range.high)} are predicted, at most ${secondsText(plan.cutover.freezeBudgetMs)} allowed.`,
      `- **Rows compared by verify-data:** ${comparedText(outcome.comparison, plan)}.`,
      ...(window === undefined ? [] : [`- **Window:** it may begin ${window}, by the source’s clock.`]),
      `- **WAL deadline:** ${evidence.walHoursLeft === null ? 'not known' : `${evidence.walHoursLeft.toFixed(1)} hours`}.`,
      `- **Not verified:** ${unverified.length} ${unverified.length === 1 ? 'thing' : 'things'}, listed below.`,
    ].join('\n'),
    `**Next:** approve the cutover, which takes plan \`${evidence.planDigest.slice(0, 12)}\` and evidence \`${evidence.id}\`: ${howToApprove(plan.cutover, evidence.planDigest)}. Evidence is good for ${hours(plan.cutover.evidenceAgeMs)}.`,
    '### Evidence',
    table(['what', 'found', 'allowed'], evidenceRows(outcome, evidence, plan)),
    '### Predicted freeze',
    freezeText(prediction, plan),
    '### What cannot be verified',
    unverified.map((line) => `- ${line}`).join('\n'),
    '### What cutover will change',
    changes(plan),
    '### How to go back',
    wayBack(plan),
    '### WAL deadline',
    walText(outcome),
    '### Lag over the wait',
    lagPlots(outcome.lag, limitMs),
    details('Tasks, metrics and slots', `${metricsTable(outcome)}\n\n${healthTable(outcome)}`),
  ]
  return {
    ...outcomeOf('caught-up', 'marker', headline, sections, { evidence, unverified }),
    outputs: {
      state: 'caught-up',
      proof: 'marker',
      'evidence-id': evidence.id,
      'marker-round-trip-ms': String(slowest),
      'predicted-freeze-ms': String(evidence.predictedFreezeMs),
      result: JSON.stringify({
        state: 'caught-up',
        proof: 'marker',
        evidence,
        unverified,
        terms: prediction.terms,
      }),
    },
  }
}

/** Before the commit point, after it, and when the migration is given up. */
function wayBack({ cutover, tasks }: Plan): string {
  const reverse = tasks.length === 1 ? 'a reverse task' : `${tasks.length} reverse tasks`
  return [
    '- **Until cutover commits:** nothing to do. The source is the database and stays so; a cutover that fails or is cancelled gives it back by itself.',
    cutover.fallBack
      ? `- **After it:** \`fall-back\`, with the writes made since. cutover makes the slots for it in its check, starts ${reverse} when clients are on the target, and says that the way back is proved when a marker has come back; until then, and after cleanup, there is none.`
      : '- **After it:** there is only forward. The file asks for no way back (`fall-back: false`): cutover stops the tasks and drops their slots, and what is written on the target does not reach the source.',
    '- **To give the migration up:** cleanup, or delete the replication tasks (the slots that DMS made go with them) and drop the schemas aurora_migration and aurora_migration_markers.',
  ].join('\n')
}

function stillRunning(outcome: SyncOutcome, { plan, dryRun }: ReportFacts): Outcome {
  const { wait } = outcome
  const limitMs = plan.cutover.markerRoundTripMs
  const reasons = wait.kind === 'still-running' ? wait.reasons : []
  const late = wait.kind === 'still-running' ? bottleneckLines(wait.late, outcome, limitMs) : []
  const headline = `${dryRun ? 'dry run, nothing was written' : 'CDC has not caught up yet'}: ${reasons.join('; ')}`
  return outcomeOf(
    'still-running',
    '',
    headline,
    [
      ...(late.length === 0 ? [] : [`### What to look at\n\n${late.map((line) => `- ${line}`).join('\n')}`]),
      `**Next:** ${dryRun ? 'run without `dry-run`' : 'run this action again; nothing was lost by the end of this wait'}.`,
      ...measuredSections(outcome, plan),
    ],
    { reasons, late },
  )
}

/** Parts, sum and span of the predicted freeze, and what they rest on. */
function freezeText({ ms, terms, range, notes }: FreezePrediction, plan: Plan): string {
  const rows = [
    ...terms.map((term) => [term.what, term.ms.toFixed(0), term.from]),
    ['**together**', `**${ms}**`, `budget ${plan.cutover.freezeBudgetMs}`],
  ]
  return [
    `Expected between **${secondsText(range.low)}** and **${secondsText(range.high)}**; writers wait no longer than the budget of ${secondsText(plan.cutover.freezeBudgetMs)}, at which the pause is given up.`,
    table(['part', 'ms', 'from'], rows),
    notes.map((line) => `- ${line}`).join('\n'),
  ].join('\n\n')
}

/** The outcome with task ARNs alone. Pure. */
export function metricsReport({ verdict, sight, metrics }: MetricsOutcome): Outcome {
  if (verdict.kind === 'refused') return refusal(verdict.problems)
  const rows = table(metricHead, metricRows(sight, metrics))
  if (verdict.kind === 'still-running') {
    const headline = `CDC has not caught up yet: ${verdict.reasons.join('; ')}`
    const late = bottleneckLines(
      lateByMetrics(sight, metrics),
      { sight, metrics },
      latencyLimitSeconds * 1000,
    )
    const look =
      late.length === 0 ? [] : [`### What to look at\n\n${late.map((line) => `- ${line}`).join('\n')}`]
    const next = '**Next:** run this action again; nothing was lost by the end of this wait.'
    return outcomeOf('still-running', '', headline, [rows, ...look, next], { reasons: verdict.reasons, late })
  }
  const headline =
    'caught up by metrics only: no marker went through the tasks, and cutover refuses this proof'
  const unverified = [
    'that every change has arrived: metrics are samples, a minute or more old, and zero also means that nothing was read',
    'apply exceptions, suspended tables, the source’s schema: without `migration` no database was looked at',
    ...verdict.unverified,
  ]
  return outcomeOf(
    'caught-up',
    'metrics-only',
    headline,
    [
      rows,
      '### What cannot be verified',
      unverified.map((line) => `- ${line}`).join('\n'),
      '**Next:** for a cutover by these actions, run this action with `migration` and `plan-digest`.',
    ],
    { unverified },
  )
}

/** Identifiers of the tasks whose latency is too high. */
function lateByMetrics(sight: SyncSight, metrics: MetricSight): string[] {
  return sight.tasks.flatMap(({ task }) => {
    const found = metrics.tasks.get(task.arn)
    const latency = Math.max(found?.latencySource?.value ?? 0, found?.latencyTarget?.value ?? 0)
    return latency > latencyLimitSeconds ? [task.identifier] : []
  })
}

const metricHead = [
  'task',
  'status',
  'pending changes',
  'CDCLatencySource',
  'CDCLatencyTarget',
  'CDCIncomingChanges',
]

/** What was measured until the wait ended without evidence: a person decides with it in view. */
function measuredSections(outcome: SyncOutcome, plan: Plan): string[] {
  const { measured, prediction } = outcome
  const plots = lagPlots(outcome.lag, plan.cutover.markerRoundTripMs)
  return [
    ...(measured === undefined
      ? []
      : ['### Measured so far', table(['what', 'found', 'allowed'], evidenceRows(outcome, measured, plan))]),
    ...(prediction === undefined ? [] : ['### Predicted freeze', freezeText(prediction, plan)]),
    '### WAL deadline',
    walText(outcome),
    ...(plots === '' ? [] : ['### Lag over the wait', plots]),
    details('Tasks, metrics and slots', `${metricsTable(outcome)}\n\n${healthTable(outcome)}`),
  ]
}

function refusal(problems: readonly Problem[], measured: readonly string[] = []): Outcome {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  const headline = `refused: ${first?.message ?? ''}${more}`
  const rows = problems.map(({ field, message, remedy }) => [field, message, remedy])
  return {
    ...outcomeOf(
      'still-running',
      '',
      headline,
      [
        table(['where', 'what', 'what to do'], rows),
        '**Next:** do what the table says, then run this action again. Nothing was changed; no evidence was written.',
        ...measured,
      ],
      { problems },
      '❌',
    ),
    failed: true,
  }
}

function outcomeOf(
  state: string,
  proof: string,
  headline: string,
  sections: readonly string[],
  result: Record<string, unknown>,
  mark = state === 'caught-up' ? '✅' : '⏳',
): Outcome {
  return {
    headline,
    outputs: {
      state,
      proof,
      'evidence-id': '',
      'marker-round-trip-ms': '',
      'predicted-freeze-ms': '',
      result: JSON.stringify({ state, proof, ...result }),
    },
    summary: `## ${mark} wait-cdc-sync: ${headline}\n\n${sections.join('\n\n')}\n`,
  }
}

function changes(plan: Plan): string {
  const { cutover } = plan
  return [
    `- **Source:** ${plannedTables(plan).length} tables are locked against writers, then closed for good: write privileges revoked, a refusing trigger on each, new sessions read-only${cutover.staleReads === 'refuse' ? ' and refused' : ''}.`,
    `- **Target:** ${plan.sequences.length} sequences set${plan.sequenceMargin > 0 ? ` (${plan.sequenceMargin} ahead)` : ''}, ${plan.relaxedColumns.length} NOT NULL columns put back, DMS’s user shut out, CONNECT given back to the application.`,
    `- **Clients:** ${switchNames(cutover.switches)} pointed at the target; stragglers on the source: ${cutover.stragglers}.`,
    `- **AWS:** the replication tasks are stopped.`,
  ].join('\n')
}

function walText({ wal, health }: SyncOutcome): string {
  const rate = `The source wrote ${(wal.bytesPerSecond / 1_048_576).toFixed(2)} MB of WAL a second, measured over ${wal.seconds.toFixed(0)} s.`
  if (wal.hoursLeft !== null)
    return `${rate} If the tasks stood still, their slots would fill the source’s disk or meet their limit in **${wal.hoursLeft.toFixed(1)} hours**.`
  if (wal.bytesPerSecond <= 0) return `${rate} At that rate the slots fill nothing.`
  const limited = health.slots.some(({ safeBytes }) => safeBytes !== null)
  return `${rate} How long the source’s disk would last if the tasks stood still is not known: CloudWatch gives no free storage (is \`source.rds-instance\` in the file?)${limited ? '' : ' and max_slot_wal_keep_size sets no limit'}.`
}

function metricsTable({ sight, metrics }: SyncOutcome): string {
  const rows = table(metricHead, metricRows(sight, metrics))
  return metrics.failure === undefined ? rows : `${rows}\n\nCloudWatch cannot be read: ${metrics.failure}`
}

function healthTable({ health }: SyncOutcome): string {
  return table(['slot', 'active', 'confirmed', 'behind', 'WAL kept', 'status'], slotRows(health))
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function hours(ms: number): string {
  return ms >= 3_600_000 ? `${Math.round(ms / 3_600_000)} hours` : `${Math.round(ms / 60_000)} minutes`
}
