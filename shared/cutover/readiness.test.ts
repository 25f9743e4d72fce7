import { expect, test } from 'vitest'
import type { Evidence } from '../migration/evidence.ts'
import type { Plan } from '../migration/plan.ts'
import { cleanEvidence, cleanPlan } from './clean-evidence.ts'
import { judgeDrain, type DrainSight } from './judge-drain.ts'
import { judgeCompared, judgeEvidence, judgeReadiness, type SourceReadiness } from './readiness.ts'

const plan: Plan = { ...cleanPlan, tasks: [] }
const ready: SourceReadiness = {
  roles: [{ role: 'app', exists: true, superuser: false, maySetReplicationRole: false, mayBecome: true }],
  mayMonitor: true,
  maySignal: true,
  inRecovery: false,
  replicaSessions: [],
  fsync: true,
  prepared: 0,
  subscriptions: 0,
  workers: [],
  replicaFunctions: [],
  largeObjects: false,
  longest: null,
}
const evidence = cleanEvidence
const task = evidence.tasks[0] as Evidence['tasks'][number]
const drained: DrainSight = { missing: [], canaries: 0, exceptions: 0, suspended: 0 }
const messages = (problems: readonly { message: string }[]) =>
  problems.map((problem) => problem.message).join('\n')

test('a source that is ready raises nothing', () => {
  expect(judgeReadiness(ready, plan)).toEqual([])
})

test('workers that are accepted do not refuse; large objects do where readers may stay', () => {
  const waivers = [{ code: 'fence-background-workers', reason: 'it only reads', expires: '2027-01-01' }]
  expect(judgeReadiness({ ...ready, workers: ['pg_cron launcher (pid 7)'] }, { ...plan, waivers })).toEqual(
    [],
  )
  const readersStay: Plan = { ...plan, cutover: { ...plan.cutover, staleReads: 'allow' } }
  expect(judgeReadiness({ ...ready, largeObjects: true }, plan)).toEqual([])
  expect(messages(judgeReadiness({ ...ready, largeObjects: true }, readersStay))).toMatch(/large objects/)
})

test.each<[string, Partial<SourceReadiness>, RegExp]>([
  ['a standby', { inRecovery: true }, /standby/],
  ['sessions in replica mode', { replicaSessions: ['role app'] }, /session_replication_role/],
  ['fsync off', { fsync: false }, /fsync/],
  ['no pg_monitor', { mayMonitor: false }, /see all sessions/],
  ['no pg_signal_backend', { maySignal: false }, /end sessions/],
  ['prepared transactions', { prepared: 2 }, /2 prepared/],
  ['a subscription into the source', { subscriptions: 1 }, /subscriptions write/],
  ['a worker of an extension', { workers: ['pg_cron launcher (pid 7)'] }, /pg_cron launcher \(pid 7\) works/],
  ['a function in replica mode', { replicaFunctions: ['shop.sly()'] }, /shop\.sly\(\) sets/],
  ['a long transaction', { longest: { pid: 5, user: 'app', application: 'x', seconds: 31 } }, /pid 5/],
  [
    'a role that is missing',
    {
      roles: [
        { role: 'app', exists: false, superuser: false, maySetReplicationRole: false, mayBecome: false },
      ],
    },
    /does not exist/,
  ],
  [
    'a superuser as application role',
    { roles: [{ role: 'app', exists: true, superuser: true, maySetReplicationRole: true, mayBecome: true }] },
    /pass the fence/,
  ],
  [
    'a role that may set session_replication_role',
    {
      roles: [{ role: 'app', exists: true, superuser: false, maySetReplicationRole: true, mayBecome: true }],
    },
    /pass the fence/,
  ],
  [
    'a role that the fence cannot be tried as',
    {
      roles: [
        { role: 'app', exists: true, superuser: false, maySetReplicationRole: false, mayBecome: false },
      ],
    },
    /cannot be proved/,
  ],
])('%s refuses', (_, change, message) => {
  expect(messages(judgeReadiness({ ...ready, ...change }, plan))).toMatch(message)
})

test('a transaction shorter than the budget is no obstacle', () => {
  expect(
    judgeReadiness({ ...ready, longest: { pid: 5, user: 'app', application: 'x', seconds: 2 } }, plan),
  ).toEqual([])
})

test('fresh evidence by markers passes, whatever its numbers are below the thresholds', () => {
  expect(judgeEvidence({ evidence, ageMs: 1000 }, plan, 'digest')).toEqual([])
})

test.each<[string, Partial<Evidence>, RegExp]>([
  ['evidence by metrics only', { proof: 'metrics-only' }, /metrics only/],
  ['evidence for another plan', { planDigest: 'other' }, /belongs to plan/],
  ['a canary that fired', { canaryFired: true }, /replica mode/],
  ['rows that could not be applied', { applyExceptions: 3 }, /3 rows/],
  ['a slow marker', { markerRoundTripsMs: [5, 5001] }, /5001 ms/],
  ['no marker at all', { markerRoundTripsMs: [] }, /marker took/],
  ['a schema that had changed', { sourceFingerprint: 'other' }, /schema had changed/],
  ['a task that stood', { tasks: [{ ...task, status: 'stopped' }] }, /shop-1 was stopped/],
  ['a suspended table', { tasks: [{ ...task, tablesSuspended: 1 }] }, /1 suspended/],
  ['changes that stay behind', { tasks: [{ ...task, changesBehind: 3 }] }, /not applied 3 changes/],
  [
    'a slot that lost its WAL',
    { tasks: [{ ...task, slot: { ...task.slot, walStatus: 'lost' } as NonNullable<typeof task.slot> }] },
    /slot_1 of task shop-1 had lost WAL/,
  ],
  [
    'a slot that is about to lose its WAL',
    {
      tasks: [{ ...task, slot: { ...task.slot, walStatus: 'unreserved' } as NonNullable<typeof task.slot> }],
    },
    /slot_1 of task shop-1 was about to lose WAL/,
  ],
  ['a disk that WAL fills within the hour', { walHoursLeft: 1 }, /in 1.0 hours; 1.0 must be left/],
  ['a predicted freeze over the budget', { predictedFreezeMs: 30_001 }, /predicts a freeze of 30001 ms/],
  ['evidence of another version', { version: 1 as 2 }, /another version/],
  [
    'rows that failed validation',
    { tasks: [{ ...task, validation: { enabled: true, pending: 0, failed: 4, suspended: 0 } }] },
    /4 rows/,
  ],
])('%s refuses', (_, change, message) => {
  expect(
    messages(judgeEvidence({ evidence: { ...evidence, ...change }, ageMs: 1000 }, plan, 'digest')),
  ).toMatch(message)
})

test('the WAL deadline judges with the time to act in hand, and not by a rate of seconds', () => {
  const judged = (change: Partial<Evidence>) =>
    judgeEvidence({ evidence: { ...evidence, ...change }, ageMs: 1000 }, plan, 'digest')
  expect(judged({ walHoursLeft: 1.01 })).toEqual([])
  expect(judged({ walHoursLeft: 0.1, walSeconds: 59 })).toEqual([])
  expect(judged({ walHoursLeft: 0.1, walSeconds: 60 })).toHaveLength(1)
})

test('old or missing evidence refuses', () => {
  expect(messages(judgeEvidence({ evidence, ageMs: 3_600_001 }, plan, 'digest'))).toMatch(/old/)
  expect(messages(judgeEvidence(undefined, plan, 'digest'))).toMatch(/no evidence/)
})

test('a task of the plan that the evidence says nothing of refuses', () => {
  const missing = [{ identifier: 'shop-2' }] as unknown as Plan['tasks']
  expect(messages(judgeEvidence({ evidence, ageMs: 1000 }, { ...plan, tasks: missing }, 'digest'))).toBe(
    'the evidence says nothing of the task shop-2',
  )
})

test('latencies and a backlog of the moment are shown, and judge nothing: they are no proof either way', () => {
  const late = { value: 9999, ageSeconds: 900 }
  const tasks = [{ ...task, latencySource: late, latencyTarget: late, pendingChanges: 500 }]
  expect(judgeEvidence({ evidence: { ...evidence, tasks }, ageMs: 1000 }, plan, 'digest')).toEqual([])
})

test('rows that verify-data found different refuse by table', () => {
  expect(judgeCompared([])).toEqual([])
  expect(messages(judgeCompared([{ schema: 'shop', table: 'orders' }]))).toMatch(/shop.orders that differ/)
})

test('a drain proves only with every marker and nothing new left behind', () => {
  expect(judgeDrain(drained, { exceptions: 0, suspended: 0 })).toEqual([])
  expect(judgeDrain({ ...drained, exceptions: 2 }, { exceptions: 2, suspended: 0 })).toEqual([])
  expect(messages(judgeDrain({ ...drained, missing: ['task_1'] }, { exceptions: 0, suspended: 0 }))).toMatch(
    /task_1/,
  )
  expect(messages(judgeDrain({ ...drained, exceptions: 3 }, { exceptions: 2, suspended: 0 }))).toMatch(
    /1 rows/,
  )
  expect(messages(judgeDrain({ ...drained, suspended: 1 }, { exceptions: 0, suspended: 0 }))).toMatch(
    /suspended/,
  )
  expect(messages(judgeDrain({ ...drained, canaries: 1 }, { exceptions: 0, suspended: 0 }))).toMatch(
    /replica mode/,
  )
})
