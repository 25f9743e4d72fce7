/** One part of the predicted freeze, in ms, and where the number comes from. */
export interface FreezeTerm {
  readonly what: string
  readonly ms: number
  readonly from: string
}

export interface FreezeFacts {
  readonly slowestMarkerMs: number
  /** One round trip from this runner, the slower side. */
  readonly roundTripMs: number
  readonly tables: number
  readonly sequences: number
}

/** Round trips between the first lock and the opening; a limit that the cutover is held to by a test. */
const roundTripsInFreeze = 12

/**
 * The freeze that the measurements predict. The marker and the round trip are measured here and now; the rest was
 * measured on PostgreSQL 15 and 17 of modest size (locks, revokes and triggers: 243 ms for 3,000 tables; sequences:
 * 155 ms for 10,000; ending sessions: 30 ms; one lock attempt: 40 ms).
 */
export function predictFreeze(facts: FreezeFacts): {
  readonly ms: number
  readonly terms: readonly FreezeTerm[]
} {
  const terms = [
    { what: 'marker through the slowest task', ms: facts.slowestMarkerMs, from: 'measured now' },
    {
      what: `${roundTripsInFreeze} round trips from this runner`,
      ms: roundTripsInFreeze * facts.roundTripMs,
      from: `measured now: ${facts.roundTripMs.toFixed(1)} ms each`,
    },
    { what: 'one attempt for the locks', ms: 40, from: 'its time limit' },
    {
      what: `fence on ${facts.tables} tables`,
      ms: facts.tables * 0.081,
      from: '0.081 ms each, measured in tests',
    },
    {
      what: `${facts.sequences} sequences`,
      ms: facts.sequences * 0.0155,
      from: '0.0155 ms each, measured in tests',
    },
    { what: 'ending the old sessions', ms: 30, from: 'measured in tests' },
  ]
  return { ms: Math.ceil(terms.reduce((sum, { ms }) => sum + ms, 0)), terms }
}
