import { describe, expect, test } from 'vitest'
import type { JobRun, StepRun, WorkflowRun } from '../runner/run-workflow.ts'
import type { Verdict } from '../workload/verdict.ts'
import { closingLines } from './closing-lines.ts'
import type { Rehearsal } from './rehearse.ts'
import { markdownReport, reportOf } from './report.ts'

const verdict: Verdict = {
  lostWrites: 0,
  duplicateWrites: 0,
  splitBrainWrites: 0,
  sequenceCollisions: 0,
  sequencesBehind: 0,
  rowMismatches: 0,
  inDoubtWrites: 2,
  acknowledgedWrites: 12_000,
  writeDowntimeMs: 351.7,
  clean: true,
  details: [],
}

const step: StepRun = {
  id: 'cutover',
  name: 'Cut over',
  outcome: 'success',
  conclusion: 'success',
  outputs: {},
  summary: '## Cut over',
  annotations: [],
  logFile: '/out/logs/cutover.txt',
  startedAt: '2026-01-02T03:04:05.000Z',
  ms: 1000,
}

const job: JobRun = {
  id: 'cutover',
  name: 'cutover',
  result: 'success',
  outputs: {},
  steps: [step],
  annotations: [],
  environment: undefined,
  mayFail: false,
  startedAt: '2026-01-02T03:04:05.000Z',
  ms: 1234.5,
}

const run: WorkflowRun = { runId: '1', attempt: 1, conclusion: 'success', jobs: { cutover: job } }

const rehearsal: Rehearsal = {
  run,
  verdict,
  denied: false,
  targetRefusesApplication: false,
  cutover: {
    freezeMs: 250,
    drainMs: 40,
    ourMs: 210,
    markerRoundTripMs: 38,
    lockAttempts: 1,
    sessionsEnded: 9,
    sequencesSet: 12,
    phases: [{ name: 'pause', startedAt: '2026-01-02T03:04:05.678Z', ms: 12.5 }],
  },
  broken: undefined,
  turns: null,
  sourceVersion: '15.18',
  targetVersion: '17.10',
  replicationDelayMs: 0,
  leastWrites: 10_000,
  ledgerFile: '/out/ledger.ndjson',
  sourcePort: 5432,
  ms: 60_000,
}

const denied: Rehearsal = {
  ...rehearsal,
  denied: true,
  targetRefusesApplication: true,
  cutover: null,
  run: { ...run, conclusion: 'failure', jobs: { cutover: { ...job, result: 'failure', steps: [] } } },
}

test('a clean rehearsal has every figure and no reason against it', () => {
  expect(reportOf(rehearsal)).toEqual({
    clean: true,
    reasons: [],
    lostWrites: 0,
    duplicateWrites: 0,
    splitBrainWrites: 0,
    sequenceCollisions: 0,
    sequencesBehind: 0,
    rowMismatches: 0,
    inDoubtWrites: 2,
    acknowledgedWrites: 12_000,
    freezeMs: 250,
    freezeReplicationMs: 40,
    freezeOursMs: 210,
    markerRoundTripMs: 38,
    writeDowntimeMs: 351.7,
    sourceVersion: '15.18',
    targetVersion: '17.10',
    denied: false,
    targetRefusesApplication: false,
    sabotage: null,
    turns: null,
    replicationDelayMs: 0,
    rehearsalMs: 60_000,
    phases: [{ name: 'pause', startedAt: '2026-01-02T03:04:05.678Z', ms: 12.5 }],
    jobs: { cutover: { result: 'success', ms: 1235 } },
  })
})

test('what the judge found is the reason, word for word', () => {
  const broken = { ...verdict, lostWrites: 1, clean: false, details: ['lost: w3 17'] }
  expect(reportOf({ ...rehearsal, verdict: broken, broken: 'deleted write 17 of w3' })).toMatchObject({
    clean: false,
    lostWrites: 1,
    sabotage: 'deleted write 17 of w3',
    reasons: ['the judge found faults', 'lost: w3 17'],
  })
})

test('too few writes say too little', () => {
  expect(reportOf({ ...rehearsal, leastWrites: 12_001 })).toMatchObject({
    clean: false,
    reasons: ['only 12000 writes were acknowledged, too few to say much: 12001 were asked for'],
  })
})

test('a workflow that failed is not clean, whatever the judge says', () => {
  const failed: StepRun = {
    ...step,
    outcome: 'failure',
    conclusion: 'failure',
    annotations: [
      { level: 'error', message: 'the secret is not there' },
      { level: 'warning', message: 'three columns are wide' },
    ],
  }
  const annotations = [
    { level: 'error' as const, message: 'The job has exceeded the maximum execution time' },
  ]
  const jobs = { cutover: { ...job, result: 'failure' as const, steps: [failed], annotations } }
  expect(
    reportOf({ ...rehearsal, cutover: null, run: { ...run, conclusion: 'failure', jobs } }),
  ).toMatchObject({
    clean: false,
    freezeMs: null,
    phases: [],
    reasons: [
      'the workflow ended with failure',
      'cutover / Cut over failed: see /out/logs/cutover.txt',
      'cutover / Cut over: the secret is not there',
      'cutover: The job has exceeded the maximum execution time',
      'no cutover reported an open target',
    ],
  })
})

describe('a denied rehearsal', () => {
  test('is clean where the cutover job did not begin and the target refuses the application', () => {
    expect(reportOf(denied)).toMatchObject({ clean: true, denied: true, freezeMs: null, reasons: [] })
  })

  test('is not where a step of the cutover ran', () => {
    const jobs = { cutover: { ...job, result: 'failure' as const } }
    expect(reportOf({ ...denied, run: { ...run, conclusion: 'failure', jobs } })).toMatchObject({
      clean: false,
      reasons: ['the cutover job ran although the reviewer said no'],
    })
  })

  test('is not where the target lets the application in', () => {
    expect(reportOf({ ...denied, targetRefusesApplication: false })).toMatchObject({
      clean: false,
      reasons: ['the target lets the application in although nothing was cut over'],
    })
  })
})

test('the report for people has verdict, counts, timeline and summaries', () => {
  const text = markdownReport(reportOf(rehearsal), rehearsal)
  expect(text).toMatch(/^# ✅ Clean: PostgreSQL 15\.18 → 17\.10\n/u)
  expect(text).toContain('| acknowledged writes | 12000 |')
  expect(text).toContain('Writers waited **250 ms**: 210 ms ours, 40 ms replication’s')
  expect(text).toContain('| pause | 03:04:05.678 | 12.5 |')
  expect(text).toContain('## Cut over')
  expect(markdownReport(reportOf(denied), denied)).toMatch(/^# ✅ Clean: The reviewer said no/u)
})

test('the last lines on a terminal say the same in short', () => {
  expect(closingLines(reportOf(rehearsal), 'out/report.md')).toContain(
    'freeze 250 ms = ours 210 ms + replication’s 40 ms',
  )
  const lines = closingLines(reportOf(denied), 'out/report.md')
  expect(lines).toContain('the reviewer said no: the source still takes writes')
  expect(lines).not.toContain('freeze')
})

test('a fall-back and a second cutover are told; what failed or was lost on the way is a reason', () => {
  const figures = { ...(rehearsal.cutover ?? never()), freezeMs: 300 }
  const turns = {
    sides: ['source', 'target', 'source', 'target'] as const,
    taken: [
      { name: 'fall-back', run, figures },
      { name: 'cutover again', run, figures },
    ],
    lostOnTheWayBack: [],
  }
  const clean = reportOf({ ...rehearsal, turns })
  expect(clean).toMatchObject({ clean: true, turns: { lostOnTheWayBack: 0 } })
  expect(closingLines(clean, 'report.md')).toContain('fall-back: freeze 300 ms')
  expect(markdownReport(clean, { ...rehearsal, turns })).toContain(
    'In the cutover again writers waited **300 ms**',
  )

  const lost = reportOf({ ...rehearsal, turns: { ...turns, lostOnTheWayBack: ['w1#7'] } })
  expect(lost.reasons).toEqual(['lost on the way back: w1#7'])
  const failed = reportOf({
    ...rehearsal,
    turns: {
      ...turns,
      taken: [{ name: 'fall-back', run: { ...run, conclusion: 'failure' }, figures: null }],
    },
  })
  expect(failed.reasons[0]).toBe('the fall-back ended with failure')
})

function never(): never {
  throw new Error('the clean rehearsal has figures')
}
