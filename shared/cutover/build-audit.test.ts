import { expect, test } from 'vitest'
import type { Approval } from '../approval/approval.ts'
import { MigrationError } from '../runtime/errors.ts'
import { cleanEvidence as evidence, cleanPlan as plan } from './clean-evidence.ts'
import { auditSchema } from './audit.ts'
import { buildAudit, type AuditFacts } from './build-audit.ts'
import type { Decision } from './phase.ts'
import type { CutoverResult } from './run-cutover.ts'

const approval: Approval = {
  how: 'comment',
  by: ['ben'],
  startedBy: ['ana'],
  environment: null,
  comment: { id: 9, repository: 'o/r', issue: 12, at: '2026-01-01T03:00:00Z' },
}
const result: CutoverResult = {
  direction: 'forward',
  generation: 3n,
  resumed: false,
  freezeMs: 175.4,
  freezeRoundTrips: 11,
  drainMs: 40.26,
  roundTripMs: 31.04,
  lockAttempts: 2,
  lockStalledMs: 40,
  commit: { xid: '700', lsn: '0/200E340' },
  cut: [{ slot: 'aurora_migration_x_back_3', lsn: '0/300' }],
  sessionsEnded: 3,
  sequencesSet: 5,
  switches: [{ name: 'record db.shop.internal', changed: true, detail: 'change C1' }],
  stragglers: [{ pid: 1, user: 'cron', application: 'report', address: '10.0.0.7', state: 'idle' }],
  wayBack: { kind: 'none', changes: [] },
  left: ['stop the tasks: connect ECONNREFUSED 10.0.0.8:443'],
}
const facts: AuditFacts = {
  order: {
    run: {
      migration: 'shop',
      direction: 'forward',
      runId: '7',
      attempt: 2,
      planDigest: 'digest',
      evidenceId: 'e',
    },
    plan,
    evidence: { evidence, ageMs: 1234.5 },
  },
  approval,
  run: {
    repository: 'o/r',
    runId: '7',
    attempt: 2,
    actor: 'ana',
    url: 'https://github.com/o/r/actions/runs/7',
  },
  commit: 'c0ffee',
  release: 'v1',
  source: { version: '15.18', markers: [] },
  target: { version: '17.10', markers: [{ id: 'm', at: '2026-01-01T03:00:01.100Z' }] },
  past: {
    rehearsed: undefined,
    freeze: { ms: 3000, finished: false, at: Date.parse('2026-01-01T02:00:00Z') },
  },
  result,
  switches: result.switches,
  phases: [{ name: 'pause', startedAt: '2026-01-01T03:00:01.000Z', ms: 40 }],
  wayBack: {
    provedMs: 812.36,
    tasks: [],
    applyErrors: { exceptions: 0, exceptionExamples: [], suspended: [], unreadable: [] },
    walBytes: { from: 0n, to: 3_145_728n },
  },
  failure: undefined,
  standing: undefined,
  now: Date.parse('2026-01-01T03:01:00Z'),
}

test('a run that went through: by its schema, our part beside replication’s, the marker of the database that was entered', () => {
  const audit = auditSchema.parse(buildAudit(facts))
  expect(audit).toMatchObject({
    outcome: 'finished',
    generation: '3',
    approval: { how: 'comment', by: ['ben'], comment: { id: 9 } },
    run: { id: '7', attempt: 2, commit: 'c0ffee' },
    lsn: { commit: { lsn: '0/200E340' }, markers: [{ id: 'm' }], slots: [{ lsn: '0/300' }] },
    freeze: {
      ms: 175.4,
      replicationMs: 40.3,
      oursMs: 135.1,
      predictedMs: 100,
      last: { ms: 3000, finished: false },
    },
    wayBack: { provedMs: 812.4, walBytes: { to: '3145728' } },
  })
  const back = { ...facts.order, run: { ...facts.order.run, direction: 'back' as const } }
  expect(buildAudit({ ...facts, order: back })).toMatchObject({ action: 'fall-back', lsn: { markers: [] } })
})

test('no address and no URL is in it, wherever it came from', () => {
  const text = JSON.stringify(buildAudit(facts))
  expect(text).not.toMatch(/10\.0\.0|:\/\/|\.internal/u)
  expect(text).toContain('ECONNREFUSED ‹address›')
})

test('a run that failed: why, where both rows stand, and the generation that it took', () => {
  const row: Decision = {
    side: 'source',
    direction: 'forward',
    generation: 4n,
    runId: '7',
    attempt: 2,
    phase: 'aborted',
    planDigest: 'digest',
    evidenceId: null,
    detail: {},
    ours: true,
  }
  const audit = auditSchema.parse(
    buildAudit({
      ...facts,
      result: undefined,
      switches: [],
      wayBack: undefined,
      target: null,
      failure: new MigrationError('timeout', 'the marker did not arrive at db.shop.internal'),
      standing: { source: row, target: 'silent' },
    }),
  )
  expect(audit).toMatchObject({
    outcome: 'failed',
    generation: '4',
    failure: { code: 'timeout', message: 'the marker did not arrive at ‹host›' },
    // What took how long, also where it went wrong.
    phases: [{ name: 'pause', ms: 40 }],
    standing: { source: 'aborted in generation 4', target: 'silent' },
    versions: { source: '15.18', target: null },
    freeze: { ms: null, oursMs: null },
  })
})
