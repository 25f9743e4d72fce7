import { expect, test } from 'vitest'
import { predictFreeze, roundTripsInFreeze, type FreezeFacts } from './predict.ts'

const facts: FreezeFacts = {
  markersMs: [1500, 2000, 1800],
  roundTripMs: 1,
  tables: 20,
  sequences: 500,
  switches: [{ kind: 'secret' }, { kind: 'secret' }],
  past: { rehearsed: undefined, freeze: undefined },
}

test('the prediction is the sum of its parts, the slowest marker is one of them, and it lies in its range', () => {
  const { ms, terms, range } = predictFreeze(facts)
  expect(ms).toBe(Math.ceil(terms.reduce((sum, term) => sum + term.ms, 0)))
  expect(terms[0]).toEqual({ what: 'marker through the slowest task', ms: 2000, from: 'measured now' })
  expect(range.low).toBeLessThan(ms)
  expect(range.low).toBeGreaterThanOrEqual(1500)
  expect(range.high).toBeGreaterThan(4000)
})

test('a runner far away costs its round trips', () => {
  expect(predictFreeze({ ...facts, roundTripMs: 101 }).ms - predictFreeze(facts).ms).toBe(
    100 * roundTripsInFreeze,
  )
})

test('switches and the lack of a rehearsal are told', () => {
  const { notes } = predictFreeze(facts)
  expect(notes.join('\n')).toContain('2 × secret')
  expect(notes.join('\n')).toContain('nothing of the freeze was rehearsed here')
})

test('whoever goes through a pooler is told to wait longer than the freeze', () => {
  const behind = predictFreeze({ ...facts, switches: [{ kind: 'pgbouncer' }] }).notes.join('\n')
  expect(behind).toContain('1 × pgbouncer')
  expect(behind).toContain('Clients behind PgBouncer wait longer than the freeze')
  expect(predictFreeze(facts).notes.join('\n')).not.toContain('PgBouncer')
})

test('what a check has tried on these databases takes the place of what tests measured', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4)
  const past = { rehearsed: { fence: 2700, opening: 90, at }, freeze: { ms: 3456, finished: false, at } }
  const { terms, notes, ms } = predictFreeze({ ...facts, past })
  // It is raised while the marker is on its way: only what it takes longer counts.
  const marker = Math.max(...facts.markersMs)
  expect(terms.find(({ what }) => what.startsWith('fence'))).toMatchObject({
    ms: 2700 - marker,
    from: 'tried and taken back by a check at 2026-01-02 03:04 UTC',
  })
  expect(terms.find(({ what }) => what === 'opening')?.ms).toBe(90)
  expect(ms).toBeGreaterThan(predictFreeze(facts).ms + 2700 - marker)
  expect(notes.join('\n')).toContain(
    'The last pause here took 3456 ms, at 2026-01-02 03:04 UTC, and was given up',
  )
})
