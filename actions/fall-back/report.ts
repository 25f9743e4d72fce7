import { approvalText, type Approval } from '../../shared/approval/approval.ts'
import type { BackRehearsal } from '../../shared/cutover/rehearse-back.ts'
import type { CutoverResult } from '../../shared/cutover/run-cutover.ts'
import type { Tidied } from '../../shared/cutover/tidy-after.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'

/** The verdict of a fall-back that passed. Pure. */
export function report(
  result: CutoverResult,
  approval: Approval,
  about: { readonly migration: string; readonly planDigest: string },
): Outcome {
  const headline = result.resumed
    ? `The fall-back of ${about.migration} is finished: the source is open`
    : `${about.migration} runs on the source again; writers waited ${ms(result.freezeMs)}`
  const forward =
    result.wayBack.kind === 'proved'
      ? `proved: a marker went to the target in ${ms(result.wayBack.roundTripMs)}; one can cut over again`
      : 'none: the plan wants none'
  const left = [
    ...result.left,
    ...result.stragglers.map(
      ({ user, application, address }) => `${user} (${application}, ${address}) still came to the target`,
    ),
  ]
  return {
    headline,
    outputs: {
      state: 'opened',
      'freeze-ms': result.freezeMs === undefined ? '' : String(result.freezeMs),
      'marker-round-trip-ms': result.roundTripMs === undefined ? '' : String(Math.round(result.roundTripMs)),
      result: JSON.stringify({
        state: 'opened',
        migration: about.migration,
        generation: result.generation.toString(),
        resumed: result.resumed,
        freezeMs: result.freezeMs ?? null,
        freezeRoundTrips: result.freezeRoundTrips ?? null,
        drainMs: result.drainMs ?? null,
        lockAttempts: result.lockAttempts,
        lockStalledMs: result.lockStalledMs,
        commit: result.commit ?? null,
        sessionsEnded: result.sessionsEnded,
        sequencesSet: result.sequencesSet,
        wayForward: result.wayBack.kind,
        stragglers: result.stragglers.length,
        left: result.left,
        approvedBy: approval.by,
        phases: result.phases,
      }),
    },
    summary: [
      `## ${result.left.length === 0 ? '✅' : '⚠️'} fall-back: ${headline}`,
      approval.how === 'nobody'
        ? '\n> **Nobody approved this fall-back: `require-approval` is `false`.** That is for rehearsals.\n'
        : '',
      table(
        ['what', 'measured'],
        [
          ['freeze', ms(result.freezeMs)],
          ['of it replication (marker)', ms(result.drainMs)],
          ['statements in the freeze', String(result.freezeRoundTrips ?? '–')],
          ['attempts to pause', String(result.lockAttempts)],
          [
            'commit point',
            result.commit === undefined
              ? 'in an earlier run'
              : `${result.commit.lsn}, transaction ${result.commit.xid}`,
          ],
          ['sessions ended on the target', String(result.sessionsEnded)],
          ['sequences set in the freeze', String(result.sequencesSet)],
          ['way to the target', forward],
          ['approved by', approvalText(approval)],
          ['plan', `\`${about.planDigest.slice(0, 12)}\``],
        ],
      ),
      '',
      left.length === 0
        ? 'Nobody came back to the target.'
        : `**Left to do or to know**\n\n${left.map((line) => `- ${line}`).join('\n')}`,
      '',
      details(
        'What is true now',
        'The source is open and holds every write that was made on the target. The target refuses every writer and keeps its rows as they were at the commit point.',
      ),
      '',
    ].join('\n'),
  }
}

/** What a dry run would do. Pure. */
export function planned(facts: BackRehearsal): Outcome {
  const headline = `dry run: ${facts.migration} could fall back to the source`
  return {
    headline,
    outputs: {
      state: 'planned',
      'freeze-ms': '',
      'marker-round-trip-ms': '',
      result: JSON.stringify({ state: 'planned' }),
    },
    summary: [
      `## ℹ️ fall-back: ${headline}`,
      '',
      `${facts.tables} tables would be paused and fenced on the target, ${facts.sequences} sequences set on the source. Nothing was written.`,
      '',
      details('What would be done, in order', facts.statements.map((line) => `1. ${line}`).join('\n')),
      '',
    ].join('\n'),
  }
}

/** What an abort job found and did. Pure. */
export function tidied({ state, sentence }: Tidied): Outcome {
  return {
    headline: sentence,
    outputs: {
      state,
      'freeze-ms': '',
      'marker-round-trip-ms': '',
      result: JSON.stringify({ state }),
    },
    summary: `## ${state === 'past-commit-point' ? '⚠️' : 'ℹ️'} fall-back, abort only: ${sentence}\n`,
  }
}

function ms(value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value * 10) / 10} ms`
}
