import { markdownTable } from 'markdown-table'
import type { Annotation, WorkflowRun } from '../runner/run-workflow.ts'
import type { Rehearsal } from './rehearse.ts'

/** `report.json`: the names are a contract with whoever reads it in CI. */
export interface RehearsalReport {
  readonly clean: boolean
  readonly reasons: readonly string[]
  readonly lostWrites: number
  readonly duplicateWrites: number
  readonly splitBrainWrites: number
  readonly sequenceCollisions: number
  readonly sequencesBehind: number
  readonly rowMismatches: number
  readonly inDoubtWrites: number
  readonly acknowledgedWrites: number
  readonly freezeMs: number | null
  /** Replication's part of the freeze, and ours. */
  readonly freezeReplicationMs: number | null
  readonly freezeOursMs: number | null
  readonly markerRoundTripMs: number | null
  readonly writeDowntimeMs: number
  readonly sourceVersion: string
  readonly targetVersion: string
  readonly denied: boolean
  readonly targetRefusesApplication: boolean
  readonly sabotage: string | null
  /** What followed the cutover, and the writes that the way back lost; null where nothing was to follow. */
  readonly turns: {
    readonly lostOnTheWayBack: number
    readonly taken: readonly { readonly name: string; readonly freezeMs: number | null }[]
  } | null
  readonly replicationDelayMs: number
  readonly rehearsalMs: number
  readonly phases: readonly { readonly name: string; readonly startedAt: string; readonly ms: number }[]
  readonly jobs: Readonly<Record<string, { readonly result: string; readonly ms: number }>>
}

/** The verdict on a rehearsal, with every reason against it. Pure. */
export function reportOf(rehearsal: Rehearsal): RehearsalReport {
  const { verdict, run, cutover, denied } = rehearsal
  const reasons: string[] = []
  if (denied) {
    if (run.jobs.cutover?.steps.length !== 0)
      reasons.push('the cutover job ran although the reviewer said no')
    if (!rehearsal.targetRefusesApplication)
      reasons.push('the target lets the application in although nothing was cut over')
  } else {
    if (run.conclusion !== 'success')
      reasons.push(`the workflow ended with ${run.conclusion}`, ...failedSteps(run))
    if (cutover === null) reasons.push('no cutover reported an open target')
  }
  for (const { name, run: after, figures } of rehearsal.turns?.taken ?? [])
    if (figures === null) reasons.push(`the ${name} ended with ${after.conclusion}`, ...failedSteps(after))
  for (const key of rehearsal.turns?.lostOnTheWayBack ?? []) reasons.push(`lost on the way back: ${key}`)
  if (!verdict.clean) reasons.push('the judge found faults', ...verdict.details)
  if (reasons.length === 0 && verdict.acknowledgedWrites < rehearsal.leastWrites)
    reasons.push(
      `only ${verdict.acknowledgedWrites} writes were acknowledged, too few to say much: ${rehearsal.leastWrites} were asked for`,
    )
  return {
    clean: reasons.length === 0,
    reasons,
    lostWrites: verdict.lostWrites,
    duplicateWrites: verdict.duplicateWrites,
    splitBrainWrites: verdict.splitBrainWrites,
    sequenceCollisions: verdict.sequenceCollisions,
    sequencesBehind: verdict.sequencesBehind,
    rowMismatches: verdict.rowMismatches,
    inDoubtWrites: verdict.inDoubtWrites,
    acknowledgedWrites: verdict.acknowledgedWrites,
    freezeMs: cutover?.freezeMs ?? null,
    freezeReplicationMs: cutover?.drainMs ?? null,
    freezeOursMs: cutover?.ourMs ?? null,
    markerRoundTripMs: cutover?.markerRoundTripMs ?? null,
    writeDowntimeMs: verdict.writeDowntimeMs,
    sourceVersion: rehearsal.sourceVersion,
    targetVersion: rehearsal.targetVersion,
    denied,
    targetRefusesApplication: rehearsal.targetRefusesApplication,
    sabotage: rehearsal.broken ?? null,
    turns:
      rehearsal.turns === null
        ? null
        : {
            lostOnTheWayBack: rehearsal.turns.lostOnTheWayBack.length,
            taken: rehearsal.turns.taken.map(({ name, figures }) => ({
              name,
              freezeMs: figures?.freezeMs ?? null,
            })),
          },
    replicationDelayMs: rehearsal.replicationDelayMs,
    rehearsalMs: rehearsal.ms,
    phases: cutover?.phases ?? [],
    jobs: Object.fromEntries(
      runsOf(rehearsal).flatMap(({ jobs }) =>
        Object.entries(jobs).map(([id, job]) => [id, { result: job.result, ms: Math.round(job.ms) }]),
      ),
    ),
  }
}

/** `report.md`: the same for people. Pure. */
export function markdownReport(report: RehearsalReport, rehearsal: Rehearsal): string {
  const title = report.denied
    ? 'The reviewer said no, and nothing moved'
    : `PostgreSQL ${report.sourceVersion} → ${report.targetVersion}`
  const counts = [
    ['lost writes', report.lostWrites],
    ['duplicate writes', report.duplicateWrites],
    ['split-brain writes', report.splitBrainWrites],
    ['sequence collisions', report.sequenceCollisions],
    ['sequences behind', report.sequencesBehind],
    ['rows that differ', report.rowMismatches],
    ['in-doubt writes (no fault)', report.inDoubtWrites],
    ['acknowledged writes', report.acknowledgedWrites],
  ] as const
  return [
    `# ${report.clean ? '✅ Clean' : '❌ Not clean'}: ${title}`,
    '',
    ...(report.reasons.length === 0 ? [] : [...report.reasons.map((reason) => `- ${reason}`), '']),
    markdownTable([['what the judge counted', ''], ...counts.map(([name, value]) => [name, String(value)])], {
      alignDelimiters: false,
    }),
    '',
    ...(report.freezeMs === null
      ? []
      : [
          `Writers waited **${report.freezeMs} ms**: ${report.freezeOursMs} ms ours, ${report.freezeReplicationMs} ms replication’s (marker round trip before: ${report.markerRoundTripMs} ms). Longest time without an acknowledged write: ${Math.round(report.writeDowntimeMs)} ms.`,
          '',
          markdownTable(
            [
              ['phase', 'started', 'ms'],
              ...report.phases.map((phase) => [phase.name, phase.startedAt.slice(11, 23), String(phase.ms)]),
            ],
            { alignDelimiters: false },
          ),
          '',
        ]),
    ...turnLines(report),
    markdownTable(
      [
        ['job', 'result', 's'],
        ...Object.entries(report.jobs).map(([id, job]) => [id, job.result, (job.ms / 1000).toFixed(1)]),
      ],
      { alignDelimiters: false },
    ),
    '',
    `The stand-in replicates in milliseconds, DMS in seconds${report.replicationDelayMs > 0 ? ` (here delayed by ${report.replicationDelayMs} ms)` : ''}: on AWS replication’s part is the marker’s round trip that wait-cdc-sync measures. Metrics appear here after a second, on AWS after a minute.`,
    '',
    ...summaries(rehearsal),
  ].join('\n')
}

function turnLines({ turns }: RehearsalReport): string[] {
  if (turns === null) return []
  return [
    ...turns.taken.map(({ name, freezeMs }) =>
      freezeMs === null ? `The ${name} failed.` : `In the ${name} writers waited **${freezeMs} ms**.`,
    ),
    `Writes of the target that the source did not hold after the fall-back: **${turns.lostOnTheWayBack}**.`,
    '',
  ]
}

/** All workflows that ran, in order. */
export function runsOf({ run, turns }: Pick<Rehearsal, 'run' | 'turns'>): WorkflowRun[] {
  return [run, ...(turns?.taken ?? []).map((turn) => turn.run)]
}

function failedSteps(run: WorkflowRun): string[] {
  const said = (annotations: readonly Annotation[]): string[] =>
    annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
  return Object.values(run.jobs).flatMap((job) => [
    ...job.steps
      .filter((step) => step.conclusion === 'failure')
      .flatMap((step) => [
        `${job.id} / ${step.name} failed: see ${step.logFile}`,
        ...said(step.annotations).map((message) => `${job.id} / ${step.name}: ${message}`),
      ]),
    ...said(job.annotations).map((message) => `${job.id}: ${message}`),
  ])
}

function summaries(rehearsal: Rehearsal): string[] {
  const jobs = runsOf(rehearsal).flatMap((run) => Object.values(run.jobs))
  const parts = jobs.flatMap((job) =>
    job.steps
      .filter((step) => step.summary !== '')
      .map((step) => `---\n\n*Job summary of ${job.id} / ${step.name}*\n\n${step.summary}`),
  )
  return parts.length === 0 ? [] : ['# Job summaries', '', ...parts]
}
