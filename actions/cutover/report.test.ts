import { expect, test } from 'vitest'
import type { Approval } from '../../shared/approval/approval.ts'
import type { CutoverResult } from '../../shared/cutover/run-cutover.ts'
import { report } from './report.ts'

const at = (ms: number) => new Date(Date.parse('2026-01-01T03:00:00Z') + ms).toISOString()
const result: CutoverResult = {
  direction: 'forward',
  lockStalledMs: 0,
  cut: [],
  generation: 1n,
  resumed: false,
  freezeMs: 180,
  freezeRoundTrips: 12,
  drainMs: 40,
  roundTripMs: 30,
  lockAttempts: 1,
  commit: { xid: '700', lsn: '0/1' },
  phases: [
    { name: 'check', startedAt: at(0), ms: 300 },
    { name: 'pause', startedAt: at(300), ms: 40 },
    { name: 'drain', startedAt: at(340), ms: 45 },
    { name: 'switch', startedAt: at(500), ms: 60 },
    { name: 'watch', startedAt: at(560), ms: 5012.3 },
  ],
  sessionsEnded: 3,
  sequencesSet: 5,
  switches: [],
  stragglers: [],
  left: [],
}
const about = { migration: 'shop', planDigest: 'd'.repeat(64), evidenceId: 'e' }
const approval: Approval = {
  how: 'environment',
  by: ['ada'],
  startedBy: ['ana'],
  environment: 'production-cutover',
  comment: null,
}
const summary = (phases = result.phases) => report({ ...result, phases }, approval, about).summary

test('the chart has the phases that somebody waits for; the watch, which is longer than all, is told in words', () => {
  const chart = /```mermaid\n([^`]*)```/u.exec(summary())?.[1] ?? ''
  expect(chart).toContain('  check 300 ms :0, 300\n')
  expect(chart).toContain('  switch 60 ms :500, 560\n')
  expect(chart).not.toContain('watch')
  expect(summary()).toContain('Afterwards the source was watched for 5012.3 ms.')
})

test('a run that only watches has no chart', () => {
  expect(summary(result.phases.filter(({ name }) => name === 'watch'))).not.toContain('mermaid')
})

test('no table has an empty heading', () => {
  expect(summary()).toContain('| what | measured |')
  expect(summary()).not.toMatch(/^\|[ |]*\|$/mu)
})
