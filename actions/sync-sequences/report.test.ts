import { expect, test } from 'vitest'
import { report } from './report.ts'

const plan = {
  advances: [{ schema: 's', sequence: 'a', value: '7', called: true }],
  ahead: [],
  missingOnTarget: [],
  missingOnSource: [],
  atLimit: [],
}

test('a sync that left none behind succeeds', () => {
  const outcome = report({ plan, total: 3, behind: [], dryRun: false })
  expect(outcome.failed).toBe(false)
  expect(outcome.headline).toBe('1 of 3 sequences set, none behind')
  expect(outcome.outputs.advanced).toBe('1')
})

test('one that is still behind fails, and is named', () => {
  const outcome = report({ plan, total: 3, behind: [{ schema: 's', sequence: 'b' }], dryRun: false })
  expect(outcome.failed).toBe(true)
  expect(outcome.summary).toContain('s.b')
})

test('a sequence that one side lacks fails', () => {
  const outcome = report({
    plan: { ...plan, missingOnTarget: [{ schema: 's', sequence: 'c' }] },
    total: 3,
    behind: [],
    dryRun: true,
  })
  expect(outcome.failed).toBe(true)
  expect(outcome.headline).toMatch(/one side only/)
})
