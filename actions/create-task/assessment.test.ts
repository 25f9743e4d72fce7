import { expect, test } from 'vitest'
import { assessmentProblems, isFinished, severityOf, type Assessment } from './assessment.ts'

const assessment = (run: string, ...results: [string, string][]): Assessment => ({
  task: 'shop-1',
  run,
  results: results.map(([name, status]) => ({ name, status })),
})

test('a run goes on until it has a result', () => {
  expect(['starting', 'running'].map(isFinished)).toEqual([false, false])
  expect(['passed', 'failed', 'warning', 'error-executing', 'invalid state'].map(isFinished)).not.toContain(
    false,
  )
})

test.each([
  ['failed', 'failed', 1],
  ['failed', 'never', 0],
  ['warning', 'failed', 0],
  ['warning', 'warning', 1],
  ['error', 'failed', 1],
  ['cancelled', 'failed', 1],
  ['passed', 'warning', 0],
] as const)('a check that is %s under fail-on %s: %i problems', (status, failOn, count) => {
  const run = assessment('passed', ['lob', status], ['fine', 'passed'])
  expect(assessmentProblems([run], failOn)).toHaveLength(count)
})

test('a run without results, or that failed though its checks passed, is no pass', () => {
  expect(assessmentProblems([assessment('error-executing')], 'failed')[0]?.message).toContain(
    'error-executing',
  )
  expect(assessmentProblems([assessment('failed', ['lob', 'passed'])], 'failed')).toHaveLength(1)
  expect(assessmentProblems([assessment('passed', ['lob', 'passed'])], 'failed')).toEqual([])
})

test('what is neither passed nor a warning blocks', () => {
  expect(['passed', 'warning', 'failed', 'error', 'something new'].map(severityOf)).toEqual([
    'passed',
    'warning',
    'blocker',
    'blocker',
    'blocker',
  ])
})
