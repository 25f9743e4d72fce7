import { expect, test } from 'vitest'
import { evaluateCondition, evaluateString, evaluateTemplate } from './expression.ts'
import { jobStatusFunctions, stepStatusFunctions } from './status-functions.ts'
import type { StepOutcome } from './run-result.ts'

const scope = {
  contexts: {
    github: { ref: 'refs/heads/main', event: { inputs: { a: 'x' }, list: [1, 2, 3] } },
    inputs: { n: 3, yes: true, empty: '' },
    steps: { one: { outputs: { text: "it's" }, conclusion: 'success' } },
  },
}

test.each([
  ["'it''s ''quoted'''", "it's 'quoted'"],
  ['github.event.inputs.a', 'x'],
  ['github.nothing.at.all', ''],
  ['inputs.n', '3'],
  ['inputs.yes', 'true'],
  ['github.event.list[1]', '2'],
  ["contains(github.ref, 'HEADS')", 'true'],
  ["inputs.empty || 'otherwise'", 'otherwise'],
  ["format('{0}-{1}-{{}}', inputs.n, steps.one.outputs.text)", "3-it's-{}"],
  ['fromJSON(\'{"a":{"b":7}}\').a.b', '7'],
  ['join(github.event.list)', '1,2,3'],
  ['github.event', 'Object'],
])('%s is %j', (expression, expected) => {
  expect(evaluateString(expression, scope)).toBe(expected)
})

test.each([
  ["''", false],
  ['0', false],
  ['null', false],
  ["'false'", true],
  ['github.event', true],
  ["github.ref == 'REFS/heads/main'", true],
  ["inputs.n > 2 && !(steps.one.conclusion == 'failure')", true],
])('the condition %s is %s', (expression, expected) => {
  expect(evaluateCondition(expression, scope)).toBe(expected)
})

test('a template may hold several expressions, and braces in quotes', () => {
  expect(evaluateTemplate("a ${{ inputs.n }} ${{ '}}' }}${{inputs.yes}} z", scope)).toBe('a 3 }}true z')
})

test.each([
  ['nope.x', "Unrecognized named-value: 'nope'"],
  ['github.', "Unexpected symbol: 'EOF'"],
  ['nofunction()', "Unrecognized function: 'nofunction'"],
  ["'open", 'Unexpected symbol'],
])('%s is refused', (expression, message) => {
  expect(() => evaluateString(expression, scope)).toThrow(message)
})

test.each([
  ['success', { success: true, failure: false, cancelled: false, always: true }],
  ['failure', { success: false, failure: true, cancelled: false, always: true }],
  ['cancelled', { success: false, failure: false, cancelled: true, always: true }],
] as const)('after %s the step functions are as on GitHub', (status, expected) => {
  for (const [name, holds] of Object.entries(expected)) {
    expect(evaluateCondition(`${name}()`, { contexts: {}, functions: stepStatusFunctions(status) })).toBe(
      holds,
    )
  }
})

test.each([
  ['nothing before', [], { success: true, failure: false }],
  ['a skipped ancestor', ['skipped', 'success'], { success: false, failure: false }],
  ['a failed ancestor', ['success', 'failure'], { success: false, failure: true }],
  ['a cancelled ancestor', ['cancelled'], { success: false, failure: false }],
] as const)('with %s the job functions are as on GitHub', (_, results, expected) => {
  const ancestors = new Map<string, StepOutcome>(results.map((result, index) => [`job${index}`, result]))
  for (const [name, holds] of Object.entries(expected)) {
    const functions = jobStatusFunctions(ancestors, false)
    expect(evaluateCondition(`${name}()`, { contexts: {}, functions })).toBe(holds)
  }
})
