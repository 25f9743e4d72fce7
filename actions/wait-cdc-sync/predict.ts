import type { PastFreezes } from '../../shared/cutover/past-freezes.ts'

/** One part of the predicted freeze, in ms, and where the number comes from. */
export interface FreezeTerm {
  readonly what: string
  readonly ms: number
  readonly from: string
}

export interface FreezeFacts {
  /** Round trips of the markers that count, in ms, each the slowest task's. */
  readonly markersMs: readonly number[]
  /** One round trip from this runner, the slower side. */
  readonly roundTripMs: number
  readonly tables: number
  readonly sequences: number
  readonly switches: readonly { readonly kind: string }[]
  /** What earlier runs of the cutover measured on this source. */
  readonly past: PastFreezes
}

export interface FreezePrediction {
  readonly ms: number
  readonly terms: readonly FreezeTerm[]
  /** Between these it is expected to be; no promise. The budget of the plan is the limit. */
  readonly range: { readonly low: number; readonly high: number }
  /** What the numbers rest on, and what comes after the freeze. */
  readonly notes: readonly string[]
}

/** Statements between the granted locks and the opening, as the cutover counts them; a test holds it to this number. */
export const roundTripsInFreeze = 12
const lockAttemptMs = 40
/** Attempts on busy tables: more are made only where somebody holds a table for long. */
const lockAttemptsAtWorst = 10

/**
 * The freeze that the measurements predict. The marker and the round trip are measured here and now; fence and opening
 * where a check of this cutover has tried them on these databases, else as it was measured on PostgreSQL 15 and 17 of modest
 * size (locks, revokes and triggers: 243 ms for 3,000 tables; sequences: 155 ms for 10,000; ending sessions: 30 ms). Pure.
 */
export function predictFreeze(facts: FreezeFacts): FreezePrediction {
  const { rehearsed } = facts.past
  const slowest = Math.max(0, ...facts.markersMs)
  const fastest = facts.markersMs.length === 0 ? 0 : Math.min(...facts.markersMs)
  const on = rehearsed === undefined ? '' : `tried and taken back by a check at ${moment(rehearsed.at)}`
  const fixed: FreezeTerm[] = [
    {
      what: `${roundTripsInFreeze} round trips from this runner`,
      ms: roundTripsInFreeze * facts.roundTripMs,
      from: `measured now: ${facts.roundTripMs.toFixed(1)} ms each`,
    },
    // It is raised while the marker is on its way.
    {
      what: `fence on ${facts.tables} tables, beyond the marker’s way`,
      ms: Math.max(0, (rehearsed?.fence ?? facts.tables * 0.081) - slowest),
      from: rehearsed === undefined ? '0.081 ms each, measured in tests' : on,
    },
    {
      what: `${facts.sequences} sequences`,
      ms: facts.sequences * 0.0155,
      from: '0.0155 ms each, measured in tests',
    },
    ...(rehearsed === undefined ? [] : [{ what: 'opening', ms: rehearsed.opening, from: on }]),
    { what: 'ending the old sessions', ms: 30, from: 'measured in tests' },
  ]
  const terms = [
    { what: 'marker through the slowest task', ms: slowest, from: 'measured now' },
    { what: 'one attempt for the locks', ms: lockAttemptMs, from: 'its time limit' },
    ...fixed,
  ]
  const rest = sum(fixed)
  return {
    ms: Math.ceil(sum(terms)),
    terms,
    range: {
      low: Math.floor(fastest + rest),
      // A marker that just misses one round of applying takes the next one; the rest may be slower under load.
      high: Math.ceil(2 * slowest + lockAttemptsAtWorst * lockAttemptMs + 2 * rest),
    },
    notes: notesOf(facts),
  }
}

function notesOf({ markersMs, switches, past }: FreezeFacts): string[] {
  const kinds = [...Map.groupBy(switches, ({ kind }) => kind)].map(([kind, all]) => `${all.length} × ${kind}`)
  return [
    `The marker was measured ${markersMs.length} times, under the load of this moment. A table that somebody holds, or more load at cutover, makes the freeze longer; it ends at its budget.`,
    past.freeze === undefined
      ? 'No cutover of this migration has been tried on this source: nothing of the freeze was rehearsed here.'
      : `The last pause here took ${Math.round(past.freeze.ms)} ms, at ${moment(past.freeze.at)}${past.freeze.finished ? '' : ', and was given up before the commit point'}.`,
    switches.length === 0
      ? 'After the freeze no switch is made: clients are pointed at the target by you.'
      : `After the freeze clients are switched (${kinds.join(', ')}), one after the other: they write again when they have read it.`,
    ...(switches.some(({ kind }) => kind === 'pgbouncer')
      ? [
          'Clients behind PgBouncer wait longer than the freeze: from before the first lock until their pooler is repointed. They see no error.',
        ]
      : []),
  ]
}

function sum(terms: readonly FreezeTerm[]): number {
  return terms.reduce((total, { ms }) => total + ms, 0)
}

function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
