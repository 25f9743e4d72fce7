import { describe, expect, test } from 'vitest'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import type { PlanDecisions } from '../../shared/migration/plan-decisions.ts'
import { catalogue, relation, testMigration } from '../../shared/preflight/clean-facts.ts'
import { comparisonPart, comparisonResult } from './comparison-part.ts'
import { planPart, sizeText } from './plan-part.ts'

const names = Array.from({ length: 700 }, (_, n) => ({
  schema: 'shop',
  table: `t${String(n).padStart(3, '0')}`,
}))
const planOf = (groups: PlanDecisions['groups'], change: Partial<PlanDecisions> = {}) => {
  const planned = groups.flat().map(({ table }) => relation(table))
  return buildPlan(
    { ...testMigration, dms: { ...testMigration.dms, tasks: { max: 60, together: [] } } },
    {
      source: { ...catalogue(planned), fingerprint: 'f' },
      decisions: { lobs: { taskMaxKb: 64, tables: [] }, groups, ranges: [], ...change },
    },
  )
}
const load = (table: string, bytes: bigint, writes: number) => ({
  schema: 'shop',
  table,
  bytes: String(bytes),
  rows: '7',
  inserted: String(writes),
  updated: '0',
  deleted: '0',
})
const gigabyte = 1024n ** 3n

describe('planPart', () => {
  test('tells each task’s work, the largest tables, ranges and LOB limits', () => {
    const [a, b, c] = names as [(typeof names)[0], (typeof names)[0], (typeof names)[0]]
    const plan = planOf([[a, b], [c]], {
      lobs: { taskMaxKb: 64, tables: [{ ...a, maxKb: 2048 }] },
      ranges: [{ ...b, columns: ['id'], boundaries: [['4711'], ['4712']] }],
    })
    const loads = [load('t000', gigabyte, 10), load('t001', 60n * gigabyte, 20), load('t002', gigabyte, 10)]
    const text = planPart(plan, loads, ['<b>why</b>']).join('\n')
    expect(text).toContain('| aurora-migration-shop-1 | 2 | 14 | 61.0 GB | 75 % |')
    expect(text).toContain('| aurora-migration-shop-2 | 1 | 7 | 1024.0 MB | 25 % |')
    expect(text).toContain('source --> task2 --> target')
    expect(text).toContain('| shop.t001 | id | 3 |')
    expect(text).toContain('| shop.t000 | aurora-migration-shop-1 | 1024.0 MB | 2048 KB |')
    expect(text.indexOf('| shop.t001 | aurora')).toBeLessThan(text.indexOf('| shop.t000 | aurora'))
    expect(text).toContain('- &lt;b>why')
    // Boundaries are values of rows.
    expect(text).not.toContain('4711')
  })

  test('long lists are cut, with their number', () => {
    const text = planPart(planOf(names.map((name) => [name]).slice(0, 60)), [], []).join('\n')
    expect(text).toContain('more["49 more tasks"]')
    expect(text).toContain('| shop.t000 | aurora-migration-shop-1 | unknown |')
    expect(planPart(planOf([names]), [], []).join('\n')).toContain('… and 200 more')
    const notes = Array.from({ length: 30 }, (_, n) => `note ${n}`)
    expect(planPart(planOf([names]), [], notes).join('\n')).toContain(
      '- note 19\n- … and 10 more of the kind',
    )
  })

  test('no text of the file leaves its label in the diagram', () => {
    const plan = planOf([names.slice(0, 1)])
    const roles = ['a"]; click x "javascript:1"', '`<b>`']
    const [, diagram] = planPart({ ...plan, cutover: { ...plan.cutover, applicationRoles: roles } }, [], [])
    expect(diagram).toContain(
      'applications(["applications (a#quot;]; click x #quot;javascript:1#quot;, #96;#lt;b>#96;)"])',
    )
  })
})

test.each([
  [0n, '0.0 MB'],
  [1_572_864n, '1.5 MB'],
  [60n * gigabyte, '60.0 GB'],
  [20n * 1024n * gigabyte, '20.0 TB'],
])('%s bytes are said as %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

describe('a comparison', () => {
  const kept = planOf([names.slice(0, 2)])

  test('lists what differs, and no more than can be read', () => {
    const now = planOf([names.slice(1, 300)])
    const text = comparisonPart({ asked: 'latest', plan: kept }, now).join('\n')
    expect(text).toContain('- table shop.t002 is new')
    expect(text).toMatch(/- … and \d+ more$/u)
    expect(comparisonResult({ asked: 'latest', plan: kept }, now)).toMatchObject({
      with: expect.stringMatching(/^[0-9a-f]{64}$/u) as string,
      more: 199,
    })
  })

  test('of equal plans, and of none', () => {
    expect(comparisonPart({ asked: 'x', plan: kept }, kept)[1]).toBe(
      'Nothing differs: the digest is the same.',
    )
    expect(comparisonPart({ asked: 'latest', plan: undefined }, kept)[1]).toContain('keeps no plan')
    expect(comparisonResult({ asked: 'latest', plan: undefined }, kept)).toMatchObject({ with: null })
  })
})
