import { expect, test } from 'vitest'
import { catalogue, relation, testMigration } from '../preflight/clean-facts.ts'
import { buildPlan } from './build-plan.ts'
import { plainDecisions } from './plan-decisions.ts'
import { planLimitProblems } from './plan-limits.ts'

const plan = (tables: number) => {
  const planned = Array.from({ length: tables }, (_, n) => relation(`a_table_of_the_usual_length_${n}`))
  const source = { ...catalogue(planned), fingerprint: 'f' }
  return buildPlan(testMigration, { source, decisions: plainDecisions(planned, 32) })
}

test('5,000 tables fit into one task, 20,000 do not, and it is said how many tasks may do', () => {
  expect(planLimitProblems(plan(5000))).toEqual([])
  expect(planLimitProblems(plan(20_000))).toMatchObject([
    {
      field: 'dms.tasks.max',
      message: expect.stringMatching(
        /^the table mappings of aurora-migration-shop-1 are \d+ bytes long \(20000/u,
      ) as string,
      remedy: expect.stringContaining('tasks: { max: ') as string,
    },
  ])
})
