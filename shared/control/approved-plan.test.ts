import { describe, expect, test } from 'vitest'
import { buildPlan } from '../migration/build-plan.ts'
import { plainDecisions } from '../migration/plan-decisions.ts'
import { catalogue, relation, testMigration } from '../preflight/clean-facts.ts'
import { planDrift } from './approved-plan.ts'

const digest = 'd'.repeat(64)
const plan = (taskMaxKb: number, tables = 1) => {
  const planned = Array.from({ length: tables }, (_, n) => relation(`t${n}`))
  const source = { ...catalogue(planned), fingerprint: String(tables) }
  return buildPlan(testMigration, { source, decisions: plainDecisions(planned, taskMaxKb) })
}
const said = (error: ReturnType<typeof planDrift>) =>
  error.problems.map(({ field, message }) => [field, message])

describe('planDrift', () => {
  test('of several candidates the nearest tells the difference', () => {
    const error = planDrift(plan(64), [plan(32), plan(64, 2), plan(128, 3)], digest, true)
    expect(error.code).toBe('refused')
    expect(said(error)).toEqual([['plan-digest', 'table shop.t1 is new']])
  })

  test('without the approved plan the digests of the parts stand in, without those that only a measurement decides', () => {
    const [[field, message] = [], ...others] = said(planDrift(undefined, [plan(32)], digest, true))
    expect(field).toBe('plan-digest')
    expect(message).toContain('schema of the source')
    expect(message).not.toContain('task settings')
    expect(others).toEqual([
      ['plan-decisions', expect.stringContaining('the decisions given lead to another one')],
    ])
  })

  test('where decisions were not given, it says how to pass them', () => {
    const error = planDrift(undefined, [plan(32)], digest, false)
    expect(error.problems[1]).toMatchObject({
      field: 'plan-decisions',
      message: expect.stringContaining('no input plan-decisions was given') as string,
      remedy: expect.stringContaining('${{ needs.preflight.outputs.plan-decisions }}') as string,
    })
  })

  test('a long list is cut, and its number said', () => {
    const lines = said(planDrift(plan(32, 1), [plan(32, 200)], digest, true))
    expect(lines).toHaveLength(51)
    expect(lines.at(-1)).toEqual(['plan-digest', 'and 149 differences more'])
  })
})
