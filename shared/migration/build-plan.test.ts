import { expect, test } from 'vitest'
import { catalogue, column, index, relation, testMigration } from '../preflight/clean-facts.ts'
import { buildPlan } from './build-plan.ts'
import type { SourceCatalogue } from './catalogue-model.ts'
import { planDigest } from './digest.ts'
import { planParts } from './plan-parts.ts'
import { plainDecisions, type PlanDecisions } from './plan-decisions.ts'
import { planSchemas } from './plan-schemas.ts'

const sequence = (name: string) => ({
  schema: 'shop',
  sequence: name,
  type: 'bigint',
  start: '1',
  increment: '1',
  min: '1',
  max: '9',
  cycle: false,
  ownerOid: null,
})
const text = (name: string, notNull: boolean) => column(name, 'text', { notNull })
const source = (more: Partial<SourceCatalogue> = {}): SourceCatalogue => ({
  ...catalogue([relation('orders'), relation('Zebra'), relation('apple')], {
    sequences: [sequence('b'), sequence('a')],
  }),
  fingerprint: 'f',
  ...more,
})
const plan = (
  more: Partial<SourceCatalogue> = {},
  change: Partial<PlanDecisions> = {},
  migration = testMigration,
) => {
  const catalogued = source(more)
  const decisions = { ...plainDecisions(catalogued.planned, 32), ...change }
  return buildPlan(migration, { source: catalogued, decisions })
}
/** A file that asks for DMS's premigration assessment. */
const assessed = (failOn: 'failed' | 'never') => ({
  ...testMigration,
  dms: {
    ...testMigration.dms,
    assessment: { bucket: 'results', role: 'arn:aws:iam::000000000000:role/dms', 'fail-on': failOn },
  },
})
const wider = { lobs: { taskMaxKb: 64, tables: [] } }

test('one task carries all tables, by code unit, with its own marker table', () => {
  const [task, ...others] = plan().tasks
  expect(others).toEqual([])
  expect(task?.tables.map(({ table }) => table)).toEqual(['Zebra', 'apple', 'orders'])
  expect(task?.markerTable).toEqual({ schema: 'aurora_migration_markers', table: 'task_1' })
  expect(JSON.stringify(task?.mappings)).toContain('task_1')
  expect(plan().sequences.map((one) => one.sequence)).toEqual(['a', 'b'])
  expect(planSchemas(plan())).toEqual(['shop'])
})

test('the digest is the same whatever the order of the catalogue, and changes with every decision', () => {
  const digest = planDigest(plan())
  const { planned, sequences } = source()
  expect(planDigest(plan({ planned: planned.toReversed(), sequences: sequences.toReversed() }))).toBe(digest)
  const others = [
    plan({}, wider),
    plan({ fingerprint: 'g' }),
    plan({ planned: [relation('orders')] }),
    plan({ sequences: [] }),
    plan({}, {}, { ...testMigration, 'empty-target': 'truncate' }),
    plan({}, {}, assessed('failed')),
    plan({}, {}, assessed('never')),
    plan({}, {}, { ...testMigration, cutover: { ...testMigration.cutover, 'freeze-budget': 1 } }),
  ]
  expect(new Set([digest, ...others.map(planDigest)]).size).toBe(9)
})

test('what differs shows in its part alone', () => {
  const before = planParts(plan())
  const after = planParts(plan({}, wider))
  const changed = Object.keys(before).filter((part) => before[part] !== after[part])
  expect(changed).toEqual(['task settings'])
})

test('NOT NULL is relaxed for LOB columns, at the highest table that has it, never in a primary key', () => {
  const columns = [column('id', 'int8', { notNull: true }), text('body', true), text('note', false)]
  const parents = [relation('views', { kind: 'p', columns: [text('body', true)] })]
  const partition = { isPartition: true, parentOids: ['views'] }
  const planned = [
    relation('views_1', { ...partition, columns }),
    relation('views_2', { ...partition, columns: [...columns, text('own', true)] }),
    relation('keyed', {
      columns: [text('code', true)],
      indexes: [index('k', ['code'], { isPrimary: true })],
    }),
  ]
  expect(plan({ planned, parents }).relaxedColumns).toEqual([
    { schema: 'shop', table: 'views', column: 'body' },
    { schema: 'shop', table: 'views_2', column: 'own' },
  ])
})
