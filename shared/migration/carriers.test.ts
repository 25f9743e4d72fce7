import { expect, test } from 'vitest'
import { carriers } from './carriers.ts'
import type { PlannedTask } from './plan.ts'

const task = (number: number, markerTable = `task_${number}`): PlannedTask => ({
  identifier: `aurora-migration-shop-${number}`,
  tables: [],
  markerTable: { schema: 'aurora_migration_markers', table: markerTable },
  migrationType: 'cdc',
  slot: `planned_${number}`,
  mappings: {},
  settings: {},
})
const plan = { migration: 'shop', tasks: [task(1), task(2)] }

test('before the target was ever opened the plan’s own tasks carry, and nothing goes back', () => {
  expect(carriers(plan, 'forward', undefined)).toEqual(
    plan.tasks.map((one) => ({
      task: one,
      identifier: one.identifier,
      slot: one.slot,
      markerTable: one.markerTable,
      direction: 'forward',
    })),
  )
  expect(() => carriers(plan, 'back', undefined)).toThrow('before a cutover has made it')
})

test('those of the way back and of a second cutover have names, slots and markers of their own', () => {
  const [back] = carriers(plan, 'back', 1n)
  expect(back).toMatchObject({
    identifier: 'aurora-migration-shop-1-back-1',
    markerTable: { schema: 'aurora_migration_markers', table: 'task_1_back' },
  })
  expect(back?.slot).toMatch(/^aurora_migration_[0-9a-f]{10}_back_1$/u)
  const [again] = carriers(plan, 'forward', 2n)
  expect(again).toMatchObject({
    identifier: 'aurora-migration-shop-1-again-2',
    markerTable: { schema: 'aurora_migration_markers', table: 'task_1' },
  })
  expect(again?.slot).toMatch(/^aurora_migration_[0-9a-f]{10}_again_2$/u)
})

test('no two carriers of any task, migration, direction or generation share a slot or an identifier', () => {
  const all = [plan, { ...plan, migration: 'other' }].flatMap((one) => [
    ...carriers(one, 'back', 1n),
    ...carriers(one, 'forward', 2n),
    ...carriers(one, 'back', 3n),
  ])
  expect(new Set(all.map(({ slot }) => slot)).size).toBe(all.length)
  expect(new Set(all.slice(0, 6).map(({ identifier }) => identifier)).size).toBe(6)
})

test('names fit, however long the plan’s and however late the generation', () => {
  const long = { migration: 'm'.repeat(40), tasks: [task(1, 't'.repeat(63))] }
  const latest = 9_223_372_036_854_775_807n
  for (const carrier of [...carriers(long, 'back', latest), ...carriers(long, 'forward', latest)]) {
    expect(carrier.slot?.length).toBeLessThanOrEqual(63)
    expect(carrier.slot).toMatch(/^[a-z0-9_]+$/u)
    expect(carrier.markerTable.table.length).toBeLessThanOrEqual(63)
  }
})
