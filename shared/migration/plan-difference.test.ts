import { describe, expect, test } from 'vitest'
import type { Plan, PlannedTask } from './plan.ts'
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
  waivers: [],
  relaxedColumns: [],
  sequences: [{ schema: 'shop', sequence: 's' }],
  sequenceMargin: 0,
  emptyTarget: 'refuse',
  sourceFingerprint: 'f',
  cutover: {
    fence: 'lock',
    freezeBudgetMs: 30_000,
    markerRoundTripMs: 10_000,
    evidenceAgeMs: 1,
    environment: 'e',
    applicationRoles: [],
    switches: [],
    fallBack: true,
    stragglers: 'end',
    staleReads: 'refuse',
    smokeTest: [],
    watchMs: 0,
  },
}
const [task] = plan.tasks as [PlannedTask]

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
})
