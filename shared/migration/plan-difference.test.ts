import { describe, expect, test } from 'vitest'
import type { Plan, PlannedTask } from './plan.ts'
import { planDigest } from './digest.ts'
import { planDifferences } from './plan-difference.ts'

const plan: Plan = {
  version: 1,
  migration: 'shop',
  tasks: [
    {
      identifier: 'shop-1',
      tables: [{ schema: 'shop', table: 'a' }],
      markerTable: { schema: 'm', table: 't' },
      migrationType: 'full-load-and-cdc',
      slot: null,
      mappings: {},
      settings: { TargetMetadata: { LobMaxSize: 32 } },
    },
  ],
  decisions: { lobs: { taskMaxKb: 32, tables: [] }, ranges: [] },
  load: { by: 'dms' },
  schema: 'existing',
  duringLoad: { 'replica-role': 'endpoint', 'foreign-keys': 'keep', indexes: 'keep' },
  assessment: null,
  waivers: [],
  relaxedColumns: [],
  sequences: [{ schema: 'shop', sequence: 's' }],
  sequenceMargin: 0,
  emptyTarget: 'refuse',
  sourceFingerprint: 'f',
  reverse: null,
  cutover: {
    fence: 'lock',
    freezeBudgetMs: 30_000,
    markerRoundTripMs: 10_000,
    evidenceAgeMs: 1,
    environment: 'e',
    applicationRoles: [],
    switches: [],
    endpoints: null,
    quiesce: [],
    approval: null,
    window: null,
    fallBack: true,
    stragglers: 'end',
    staleReads: 'refuse',
    smokeTest: [],
    watchMs: 0,
  },
}
const [task] = plan.tasks as [PlannedTask]
const a = { schema: 'shop', table: 'a' }
const ranges = (...values: string[]) => ({
  ...a,
  columns: ['id'],
  boundaries: values.map((value) => [value]),
})

describe('planDifferences', () => {
  test('nothing between equal plans', () => {
    expect(planDifferences(plan, structuredClone(plan))).toEqual([])
  })

  test.each<[string, Partial<Plan>, string[]]>([
    [
      'another table',
      { tasks: [{ ...task, tables: [{ schema: 'shop', table: 'b' }] }] },
      ['table shop.b is new', 'table shop.a is gone'],
    ],
    ['a sequence less', { sequences: [] }, ['sequence shop.s is gone']],
    [
      'another LOB limit',
      { tasks: [{ ...task, settings: { TargetMetadata: { LobMaxSize: 64 } } }] },
      ['shop-1.TargetMetadata.LobMaxSize: approved 32, now 64'],
    ],
    [
      'ranges where there were none',
      { decisions: { ...plan.decisions, ranges: [ranges('4', '8')] } },
      ['load of shop.a: approved in one part, now 3 ranges of id'],
    ],
    [
      'a LOB limit of a table',
      { decisions: { ...plan.decisions, lobs: { taskMaxKb: 32, tables: [{ ...a, maxKb: 4096 }] } } },
      ['LOB limit of shop.a: approved that of its task, now 4096 KB'],
    ],
    [
      'another way to the rows',
      { load: { by: 'existing', lsn: '0/1', slots: ['s'] } },
      [
        'load.by: approved "dms", now "existing"',
        'load.lsn: approved nothing, now "0/1"',
        'load.slots: approved nothing, now ["s"]',
      ],
    ],
    ['another way to the schema', { schema: 'dump' }, ['schema: approved "existing", now "dump"']],
    [
      'indexes dropped during the load',
      { duringLoad: { ...plan.duringLoad, indexes: 'drop' } },
      ['during-load.indexes: approved "keep", now "drop"'],
    ],
    [
      'a waiver',
      { waivers: [{ code: 'x-y', objects: ['shop.a'], reason: 'nobody reads it', expires: '2026-12-31' }] },
      ['waiver of x-y for shop.a until 2026-12-31 (nobody reads it) is new'],
    ],
    [
      'CDC alone from a slot',
      { tasks: [{ ...task, migrationType: 'cdc', slot: 's_1' }] },
      [
        'shop-1.migration type: approved "full-load-and-cdc", now "cdc"',
        'shop-1.slot: approved null, now "s_1"',
      ],
    ],
    [
      'mappings alone',
      { tasks: [{ ...task, mappings: { rules: [] } }] },
      ['the documents of the tasks (table mappings) are made in another way now'],
    ],
    [
      'another policy',
      { cutover: { ...plan.cutover, freezeBudgetMs: 5000 } },
      ['cutover.freezeBudgetMs: approved 30000, now 5000'],
    ],
    [
      'another fingerprint alone',
      { sourceFingerprint: 'g' },
      ['columns, keys, partitions or triggers of a migrated table changed on the source'],
    ],
  ])('%s', (_, change, lines) => {
    expect(planDifferences(plan, { ...plan, ...change })).toEqual(lines)
  })

  test('the same number of ranges with other boundaries, whose values are not shown', () => {
    const divided = (...values: string[]) => ({
      ...plan,
      decisions: { ...plan.decisions, ranges: [ranges(...values)] },
    })
    expect(planDifferences(divided('4711'), divided('4712'))).toEqual([
      'load of shop.a: the boundaries between its 2 ranges of id are others now',
    ])
  })

  test('tables that move to another task, one by one or counted', () => {
    const tables = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ schema: 'shop', table: `t${n}` }))
    const second = { ...task, identifier: 'shop-2' }
    const spread = (count: number, first: number): Plan => ({
      ...plan,
      tasks: [
        { ...task, tables: tables(count).slice(0, first) },
        { ...second, tables: tables(count).slice(first) },
      ],
    })
    expect(planDifferences(spread(4, 3), spread(4, 2))).toEqual([
      'table shop.t2 moves from task shop-1 to task shop-2',
    ])
    expect(planDifferences(spread(64, 1), spread(64, 33))).toEqual([
      '32 tables move from task shop-2 to task shop-1: shop.t1, shop.t2, shop.t3, shop.t4, shop.t5 and 27 more',
    ])
  })

  test('a task more', () => {
    const tasks = [task, { ...task, identifier: 'shop-2', tables: [{ schema: 'shop', table: 'b' }] }]
    const lines = planDifferences(plan, { ...plan, tasks })
    expect(lines[0]).toBe('table shop.b is new')
    expect(lines[1]).toMatch(/^shop-2: approved nothing, now \{/u)
    expect(lines).toHaveLength(2)
  })

  test('no decision changes in silence: each leaf of a plan, changed alone, gives a line and another digest', () => {
    const whole: Plan = {
      ...plan,
      decisions: { lobs: { taskMaxKb: 32, tables: [{ ...a, maxKb: 64 }] }, ranges: [ranges('4')] },
      load: { by: 'existing', lsn: '0/1', slots: ['s'] },
      schema: { command: ['make'], 'url-env': 'URL' },
      waivers: [{ code: 'x-y', objects: ['shop.a'], reason: 'nobody reads it', expires: '2026-12-31' }],
      relaxedColumns: [{ ...a, column: 'c' }],
      tasks: [{ ...task, migrationType: 'cdc', slot: 's', mappings: { rules: [{ 'rule-id': '1' }] } }],
    }
    const paths = leaves(whole)
    expect(paths.length).toBeGreaterThan(40)
    for (const path of paths) {
      const other = structuredClone(whole)
      changeLeaf(other, path)
      expect([path, planDifferences(whole, other)]).not.toEqual([path, []])
      expect(planDigest(other)).not.toBe(planDigest(whole))
    }
  })
})

function leaves(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner).map((path) => [key, ...path]))
}

function changeLeaf(value: unknown, [key = '', ...more]: readonly string[]): void {
  const holder = value as Record<string, unknown>
  const old = holder[key]
  if (more.length > 0) changeLeaf(old, more)
  else holder[key] = typeof old === 'number' ? old + 1 : typeof old === 'boolean' ? !old : `${String(old)}x`
}
