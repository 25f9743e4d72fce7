import { expect, test } from 'vitest'
import { predictFreeze } from './predict.ts'

const facts = { slowestMarkerMs: 2000, roundTripMs: 1, tables: 20, sequences: 500 }

test('the prediction is the sum of its parts, and the marker is one of them', () => {
  const { ms, terms } = predictFreeze(facts)
  expect(ms).toBe(Math.ceil(terms.reduce((sum, term) => sum + term.ms, 0)))
  expect(terms[0]).toEqual({ what: 'marker through the slowest task', ms: 2000, from: 'measured now' })
})

test('a runner far away costs its round trips', () => {
  expect(predictFreeze({ ...facts, roundTripMs: 101 }).ms - predictFreeze(facts).ms).toBe(1200)
})
