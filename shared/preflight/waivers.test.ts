import { describe, expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { cleanFacts, replace } from './clean-facts.ts'
import type { Check, Finding } from './finding.ts'
import { runChecks } from './finding.ts'
import { knownFact } from './known-fact.ts'
import { verdictOf } from './verdict.ts'
import { applyWaivers, refuseUnknownWaivers } from './waivers.ts'

const finding = (severity: Finding['severity'], ...objects: string[]): Finding => ({
  severity,
  message: `${objects.length} tables are wrong`,
  objects,
  why: 'They are.',
  remedy: 'Mend them.',
})
const check = (code: string, findings: Finding[], more: Partial<Check> = {}): Check => ({
  code,
  title: code,
  judge: () => findings,
  ...more,
})
const checks = [
  check('tables', [finding('blocker', 'a', 'b')]),
  check('speed', [finding('warning', 'c'), finding('note', 'd')]),
  check('loss', [finding('blocker', 'e')], { unwaivable: 'The loss is certain.' }),
  check('clean', []),
]
const waiver = (code: string, more: object = {}) => ({
  code,
  reason: 'the table is rebuilt every night',
  expires: '2026-06-30',
  ...more,
})

function judged(waivers: ReturnType<typeof waiver>[], today = '2026-06-01', of: readonly Check[] = checks) {
  const results = applyWaivers(runChecks(of, cleanFacts()), waivers, of, today)
  return {
    results,
    verdict: verdictOf(results),
    outcome: (code: string) => results.find((one) => one.code === code),
  }
}

describe('a waiver', () => {
  test('accepts the blockers and warnings of its code, with reason and last day', () => {
    const { verdict, outcome } = judged([waiver('tables'), waiver('speed')], '2026-06-30', checks.slice(0, 2))
    expect(outcome('tables')).toMatchObject({
      outcome: 'accepted',
      findings: [{ accepted: { reason: 'the table is rebuilt every night', expires: '2026-06-30' } }],
    })
    expect(verdict).toMatchObject({
      verdict: 'clear',
      blockers: 0,
      warnings: 0,
      accepted: 2,
      notes: 1,
      failed: 0,
    })
  })

  test('of some objects leaves the others, and they block', () => {
    const { verdict, outcome } = judged(
      [waiver('tables', { objects: ['b', 'x'] })],
      '2026-06-01',
      checks.slice(0, 1),
    )
    expect(outcome('tables')?.findings).toEqual([
      { ...finding('blocker', 'a'), message: '2 tables are wrong, of which a waiver accepts some' },
      { ...finding('blocker', 'b'), message: '2 tables are wrong', accepted: expect.anything() as unknown },
    ])
    expect(outcome('tables')?.outcome).toBe('failed')
    expect(verdict).toMatchObject({ verdict: 'blocked', blockers: 1, accepted: 1 })
  })

  test('two of some objects each accept all together', () => {
    const { outcome, verdict } = judged(
      [waiver('tables', { objects: ['b'] }), waiver('tables', { objects: ['a'] })],
      '2026-06-01',
      checks.slice(0, 1),
    )
    expect(outcome('tables')?.outcome).toBe('accepted')
    expect(verdict).toMatchObject({ verdict: 'clear', accepted: 2 })
  })

  test('that has ended blocks, and says so', () => {
    const { verdict, outcome } = judged([waiver('tables')], '2026-07-01', checks.slice(0, 1))
    expect(outcome('tables')?.outcome).toBe('failed')
    expect(outcome('waivers')).toMatchObject({
      outcome: 'failed',
      findings: [{ severity: 'blocker', message: 'the waiver of tables ended on 2026-06-30' }],
    })
    expect(verdict).toMatchObject({ verdict: 'blocked', blockers: 2, accepted: 0 })
  })

  test('that has ended and is not needed any more is a note', () => {
    const { outcome } = judged([waiver('clean')], '2026-07-01')
    expect(outcome('waivers')?.findings).toMatchObject([{ severity: 'note' }])
  })

  test.each([
    ['of a check that passes', waiver('clean')],
    ['of objects that the finding does not name', waiver('tables', { objects: ['z'] })],
  ])('%s is a note', (_, useless) => {
    const { outcome } = judged([useless], '2026-06-01', [...checks.slice(0, 1), ...checks.slice(3)])
    expect(outcome('waivers')).toMatchObject({
      outcome: 'passed',
      findings: [{ severity: 'note', message: `the waiver of ${useless.code} accepts nothing` }],
    })
  })

  test('is not taken where the loss is certain', () => {
    const { verdict, outcome } = judged([waiver('loss')], '2026-06-01', checks.slice(2))
    expect(outcome('loss')?.outcome).toBe('failed')
    expect(outcome('waivers')?.findings).toMatchObject([{ severity: 'note', why: 'The loss is certain.' }])
    expect(verdict).toMatchObject({ verdict: 'blocked', blockers: 1 })
  })

  test('accepts what could not be verified, unless it is for named objects', () => {
    const asking = [
      check('activity', [], {
        judge: ({ source }) => {
          knownFact(source.activity)
          return []
        },
      }),
    ]
    const unknown = replace('source', { activity: { known: false, reason: 'permission denied' } })
    const results = runChecks(asking, unknown)
    const outcomeWith = (more: object) =>
      applyWaivers(results, [waiver('activity', more)], asking, '2026-06-01')[0]?.outcome
    expect(outcomeWith({})).toBe('accepted')
    expect(outcomeWith({ objects: ['x'] })).toBe('unverified')
  })
})

test('codes that no check has are refused all together, with what was meant', () => {
  let thrown: unknown
  try {
    refuseUnknownWaivers([waiver('tabels'), waiver('speed'), waiver('nonsense at all')], checks)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(MigrationError)
  expect(thrown).toMatchObject({
    code: 'invalid-input',
    problems: [
      { field: 'waivers[0].code', value: 'tabels', remedy: 'Did you mean tables?' },
      { field: 'waivers[2].code', remedy: expect.stringContaining('docs/findings') as string },
    ],
  })
})

test('without waivers nothing is said of them', () => {
  expect(judged([]).results.map(({ code }) => code)).toEqual(checks.map(({ code }) => code))
})
