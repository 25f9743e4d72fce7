import { expect, test } from 'vitest'
import { plainDecisions } from '../../migration/plan-decisions.ts'
import { buildPlan } from '../../migration/build-plan.ts'
import { carriers } from '../../migration/carriers.ts'
import { catalogue, relation, testMigration } from '../../preflight/clean-facts.ts'
import { carrierTask } from './carrier-task.ts'
import { describeWayBack } from './describe-way-back.ts'

const source = { ...catalogue([relation('orders'), relation('items')]), fingerprint: 'f' }
const plan = buildPlan(
  { ...testMigration, 'during-load': { ...testMigration['during-load'], indexes: 'drop' } },
  { source, decisions: plainDecisions(source.planned, 128) },
)
const [back] = carriers(plan, 'back', 3n).map((carrier) => carrierTask(plan, carrier))
const rules = (back?.mappings['rules'] ?? []) as { readonly [key: string]: unknown }[]
const names = (action: string) =>
  rules
    .filter((rule) => rule['rule-action'] === action)
    .map((rule) => {
      const at = rule['object-locator'] as { 'schema-name': string; 'table-name': string }
      return `${at['schema-name']}.${at['table-name']}`
    })

test('the same tables go back, with a marker table of their own; neither journal nor DMS’s tables do', () => {
  expect(names('explicit')).toEqual(['shop.items', 'shop.orders', 'aurora_migration_markers.task_1_back'])
  expect(names('exclude')).toEqual(['aurora[_]migration.%', '%.awsdms[_]%'])
  expect(back).toMatchObject({ migrationType: 'cdc', identifier: 'aurora-migration-shop-1-back-3' })
})

test('changes alone: nothing is prepared, loaded, stopped for or validated; what cannot be applied is kept', () => {
  expect(plan.tasks[0]?.settings).toMatchObject({
    FullLoadSettings: { StopTaskCachedChangesApplied: true },
    ValidationSettings: { EnableValidation: true },
  })
  expect(back?.settings).toMatchObject({
    FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING', StopTaskCachedChangesApplied: false },
    ValidationSettings: { EnableValidation: false },
    ErrorBehavior: { ApplyErrorInsertPolicy: 'LOG_ERROR', DataErrorPolicy: 'SUSPEND_TABLE' },
    ControlTablesSettings: { ControlSchema: 'aurora_migration_dms', SuspendedTablesTableEnabled: true },
  })
})

test('going there again has the plan’s marker table', () => {
  const [again] = carriers(plan, 'forward', 4n).map((carrier) => carrierTask(plan, carrier))
  expect(again?.markerTable).toEqual(plan.tasks[0]?.markerTable)
  expect(again?.identifier).toBe('aurora-migration-shop-1-again-4')
})

test('a dry run says what would be made, on which side', () => {
  const text = describeWayBack(plan, 'forward', 3n).join('\n')
  expect(text).toContain(`create the replication slots ${back?.slot ?? ''} on the target`)
  expect(text).toContain('aurora-migration-shop-writer-back, aurora-migration-shop-1-back-3-reader')
  expect(text).toContain('drop their slots on the source')
  expect(describeWayBack(plan, 'back', 4n).join('\n')).toContain('create aurora-migration-shop-1-again-4 (')
  const none = { ...plan, cutover: { ...plan.cutover, fallBack: false } }
  expect(describeWayBack(none, 'forward', 3n)).toEqual([
    'stop the tasks for good, drop their slots on the source; nothing leads back',
  ])
})
