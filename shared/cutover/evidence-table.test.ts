import { expect, test } from 'vitest'
import type { Evidence } from '../migration/evidence.ts'
import { cleanEvidence as evidence, cleanPlan as plan } from './clean-evidence.ts'
import { evidenceRows, evidenceTable } from './evidence-table.ts'
import { judgeEvidence } from './readiness.ts'

const task = evidence.tasks[0] as Evidence['tasks'][number]
const withTask = (change: Partial<typeof task>) => ({ tasks: [{ ...task, ...change }] })
const rowsOf = (change: Partial<Evidence>, ageMs = 1000) =>
  evidenceRows({ ...evidence, ...change }, plan, 'digest', { ageMs })

test('evidence that is good has no marked row', () => {
  expect(rowsOf({}).filter(({ within }) => !within)).toEqual([])
  expect(judgeEvidence({ evidence, ageMs: 1000 }, plan, 'digest')).toEqual([])
})

// The table and the judgement must never disagree: each refusal has its marked row, with what was seen and what is allowed.
test.each<[string, Partial<Evidence>, string, string]>([
  ['plan', { planDigest: 'other' }, 'other', 'digest'],
  ['proof', { proof: 'metrics-only' }, 'metrics-only', 'marker'],
  ['slowest round trip of a marker', { markerRoundTripsMs: [5, 5001] }, '5001 ms', '5000 ms'],
  ['slowest round trip of a marker', { markerRoundTripsMs: [] }, 'none', '5000 ms'],
  ['predicted freeze', { predictedFreezeMs: 30_001 }, '30001 ms', '30000 ms'],
  ['rows that could not be applied', { applyExceptions: 3 }, '3', '0'],
  ['triggers that fired for replicated rows', { canaryFired: true }, 'some', 'none'],
  ['hours until the slots fill the source’s disk', { walHoursLeft: 0.5 }, '0.5', '1.0 at least'],
  ['source’s schema', { sourceFingerprint: 'changed' }, 'changed', 'print'],
  ['task shop-1', { tasks: [] }, 'nothing', 'running, nothing left behind'],
  ['task shop-1', withTask({ status: 'failed' }), 'failed', 'running, nothing left behind'],
  [
    'task shop-1',
    withTask({ tablesErrored: 2 }),
    'running, 2 tables errored',
    'running, nothing left behind',
  ],
  [
    'task shop-1',
    withTask({ changesBehind: 4 }),
    'running, 4 changes left behind',
    'running, nothing left behind',
  ],
  [
    'task shop-1',
    withTask({ validation: { ...task.validation, failed: 9 } }),
    'running, 9 rows that failed validation',
    'running, nothing left behind',
  ],
  [
    'task shop-1',
    withTask({ slot: { name: 's', active: true, confirmedLsn: null, behindBytes: null, walStatus: 'lost' } }),
    'running, WAL lost',
    'running, nothing left behind',
  ],
])('%s: %j', (what, change, seen, allowed) => {
  const marked = rowsOf(change).filter(({ within }) => !within)
  expect(marked).toEqual([expect.objectContaining({ what, seen, allowed })])
  expect(judgeEvidence({ evidence: { ...evidence, ...change }, ageMs: 1000 }, plan, 'digest')).not.toEqual([])
})

test('age is told beside what is allowed, and a second measurement beside what the reviewer saw', () => {
  const rows = evidenceRows(evidence, plan, 'digest', {
    ageMs: 7_200_000,
    roundTripMs: 6000,
    applyExceptions: 1,
  })
  const text = evidenceTable(rows)
  expect(text).toContain('| ❌ | age | new | 120 min | 60 min |')
  expect(text).toContain('| ❌ | slowest round trip of a marker | 7 ms | 6000 ms | 5000 ms |')
  expect(text).toContain('| ❌ | rows that could not be applied | 0 | 1 | 0 |')
  expect(text).toContain('| ✓ | predicted freeze | 100 ms | not measured again | 30000 ms |')
})
