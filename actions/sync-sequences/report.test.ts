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
  expect(outcome.summary).toMatch(/^## ✅ sync-sequences: 1 of 3 sequences set, none behind\n/u)
  expect(outcome.summary).toMatch(/\*\*Next:\*\* nothing to do.*\n$/u)
})

test('one that is still behind fails, and is named', () => {
  const outcome = report({ plan, total: 3, behind: [{ schema: 's', sequence: 'b' }], dryRun: false })
  expect(outcome.failed).toBe(true)
  expect(outcome.summary).toContain('s.b')
  expect(outcome.summary).toContain('look for who sets it back on the target')
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
  expect(outcome.summary).toContain('make the sequences on the side that lacks them')
})
