import { approvalText, type Approval } from '../../shared/approval/approval.ts'
import type { CutoverResult } from '../../shared/cutover/run-cutover.ts'
import { details, mermaid, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'

/** The verdict of a cutover that passed, with its timeline: our part of the freeze and replication's. Pure. */
export function report(
  result: CutoverResult,
  approval: Approval,
  about: { migration: string; planDigest: string; evidenceId: string },
): Outcome {
  const ours =
    result.freezeMs !== undefined && result.drainMs !== undefined
      ? Math.max(0, result.freezeMs - result.drainMs)
      : undefined
  const headline = result.resumed
    ? `The cutover of ${about.migration} is finished: the target is open`
    : `${about.migration} runs on the target; writers waited ${ms(result.freezeMs)}`
  const rows = [
    ['freeze', ms(result.freezeMs)],
    ['of it replication (marker)', ms(result.drainMs)],
    ['of it ours', ms(ours)],
    ['marker round trip before', ms(result.roundTripMs)],
    [
      'statements in the freeze',
      result.freezeRoundTrips === undefined ? '–' : String(result.freezeRoundTrips),
    ],
    ['attempts to pause', String(result.lockAttempts)],
    [
      'commit point',
      result.commit === undefined
        ? 'in an earlier run'
        : `${result.commit.lsn}, transaction ${result.commit.xid}`,
    ],
    ['sessions ended on the source', String(result.sessionsEnded)],
    ['sequences set in the freeze', String(result.sequencesSet)],
    ['approved by', approvalText(approval)],
    ['plan, evidence', `\`${about.planDigest.slice(0, 12)}\`, \`${about.evidenceId}\``],
  ]
  const left = [
    ...result.left,
    ...result.stragglers.map(
      (straggler) =>
        `${straggler.user} (${straggler.application}, ${straggler.address}) still came to the source`,
    ),
  ]
  return {
    headline,
    outputs: {
      state: 'opened',
      'freeze-ms': result.freezeMs === undefined ? '' : String(result.freezeMs),
      'marker-round-trip-ms': result.roundTripMs === undefined ? '' : String(round(result.roundTripMs)),
      result: JSON.stringify({
        state: 'opened',
        migration: about.migration,
        generation: result.generation.toString(),
        resumed: result.resumed,
        freezeMs: result.freezeMs ?? null,
        freezeRoundTrips: result.freezeRoundTrips ?? null,
        drainMs: result.drainMs === undefined ? null : round(result.drainMs),
        ourMs: ours === undefined ? null : round(ours),
        markerRoundTripMs: result.roundTripMs === undefined ? null : round(result.roundTripMs),
        lockAttempts: result.lockAttempts,
        commit: result.commit ?? null,
        sessionsEnded: result.sessionsEnded,
        sequencesSet: result.sequencesSet,
        stragglers: result.stragglers.length,
        left: result.left,
        approvedBy: approval.by,
        phases: result.phases,
      }),
    },
    summary: [
      `## ${result.left.length === 0 ? '✅' : '⚠️'} cutover: ${headline}`,
      approval.how !== 'nobody'
        ? ''
        : '\n> **Nobody approved this cutover: `require-approval` is `false`.** That is for rehearsals.\n',
      table(['what', 'measured'], rows),
      '',
      gantt(result.phases),
      '',
      ...watchLines(result.phases),
      left.length === 0
        ? 'Nobody came back to the source.'
        : `**Left to do or to know**\n\n${left.map((line) => `- ${line}`).join('\n')}`,
      '',
      details(
        'What is true now',
        'The source refuses every writer and keeps its rows as they were at the commit point. The target is open. Going back without losing the writes made since needs reverse replication, which this version does not set up: until it does, going back means restoring by hand.',
      ),
      '',
    ].join('\n'),
  }
}

/** What a dry run would do. Pure. */
export function planned(facts: {
  migration: string
  tables: number
  sequences: number
  predictedFreezeMs: number | undefined
  statements: readonly string[]
}): Outcome {
  const predicted =
    facts.predictedFreezeMs === undefined ? 'unknown (no evidence)' : ms(facts.predictedFreezeMs)
  const headline = `dry run: ${facts.migration} could be cut over; predicted freeze ${predicted}`
  return {
    headline,
    outputs: {
      state: 'planned',
      'freeze-ms': '',
      'marker-round-trip-ms': '',
      result: JSON.stringify({ state: 'planned', predictedFreezeMs: facts.predictedFreezeMs ?? null }),
    },
    summary: [
      `## ℹ️ cutover: ${headline}`,
      '',
      `${facts.tables} tables would be paused and fenced, ${facts.sequences} sequences set. Nothing was written.`,
      '',
      details('What would be done, in order', facts.statements.map((line) => `1. ${line}`).join('\n')),
      '',
    ].join('\n'),
  }
}

/** The watch takes seconds and stops nobody: beside it no other phase could be seen, so it is told in words. */
function gantt(all: CutoverResult['phases']): string {
  const phases = all.filter(({ name }) => name !== 'watch')
  const first = phases[0]
  if (first === undefined) return ''
  const start = Date.parse(first.startedAt)
  const lines = phases.map((phase) => {
    const from = Date.parse(phase.startedAt) - start
    return `  ${phase.name} ${ms(phase.ms)} :${from}, ${from + Math.max(1, Math.round(phase.ms))}`
  })
  return mermaid(
    [
      'gantt',
      '  title Cutover, ms since its check began',
      '  dateFormat x',
      '  axisFormat %S.%L s',
      ...lines,
    ].join('\n'),
  )
}

function watchLines(phases: CutoverResult['phases']): string[] {
  const watch = phases.find(({ name }) => name === 'watch')
  return watch === undefined ? [] : [`Afterwards the source was watched for ${ms(watch.ms)}.`, '']
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function ms(value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${round(value)} ms`
}
