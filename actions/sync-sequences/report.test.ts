import { expect, test } from 'vitest'
import type { SyncedSequences } from '../../shared/sequences/sync-sequences.ts'
import { report } from './report.ts'

const order = { from: 'source', to: 'target', margin: 0n, dryRun: false }
const b = { schema: 's', sequence: 'b' }
const synced: SyncedSequences = {
  plan: {
    advances: [{ schema: 's', sequence: 'a', value: '7', called: true }],
    ahead: [],
    missingFrom: [],
    missingTo: [],
    refused: [],
    atLimit: [],
  },
  total: 3,
  behind: [],
  onlyTo: [],
  to: [],
}

test('a sync that left none behind succeeds', () => {
  const outcome = report(synced, order)
  expect(outcome.failed).toBe(false)
  expect(outcome.headline).toBe('1 of 3 sequences set, none behind')
  expect(outcome.outputs.advanced).toBe('1')
  expect(outcome.summary).toMatch(/^## ✅ sync-sequences: 1 of 3 sequences set, none behind\n/u)
  expect(outcome.summary).toMatch(/\*\*Next:\*\* nothing to do.*\n$/u)
})

test('one that is still behind fails, and is named', () => {
  const outcome = report({ ...synced, behind: [b] }, order)
  expect(outcome.failed).toBe(true)
  expect(outcome.summary).toContain('| s.b | is still behind the source |')
  expect(outcome.summary).toContain('look for who sets it back on the target')
})

test('a sequence that one side lacks fails, with the side and what to do there', () => {
  const outcome = report({ ...synced, plan: { ...synced.plan, missingTo: [b] } }, { ...order, dryRun: true })
  expect(outcome.failed).toBe(true)
  expect(outcome.headline).toBe('1 of 3 sequences cannot be set, 1 would be set')
  expect(outcome.summary).toContain(
    '| "s"."b" | is not on the target | On the target: CREATE SEQUENCE "s"."b"',
  )
})

test('one that only the target has, and a margin that was left out, are told and do not fail', () => {
  const outcome = report(
    { ...synced, onlyTo: [b], plan: { ...synced.plan, atLimit: [{ ...b, limit: '32767' }] } },
    { ...order, margin: 100n },
  )
  expect(outcome.failed).toBe(false)
  expect(outcome.summary).toContain('is on the target only: there is nothing to set it by')
  expect(outcome.summary).toContain('the margin of 100 steps would use it up (limit 32767): it was left out')
})
