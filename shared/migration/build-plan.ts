import { tableMappings } from '../dms/table-mappings.ts'
import { taskIdentifier } from '../dms/task-identifier.ts'
import { taskSettings } from '../dms/task-settings.ts'
import type { SourceCatalogue } from './catalogue-model.ts'
import { byTableName, byText } from './name-order.ts'
import type { Plan, PlannedTask, TableName } from './plan.ts'
import { relaxedColumns } from './relaxed-columns.ts'
import type { Migration } from './schema.ts'

/** Schema of the marker tables; each task carries one of them. */
export const markerSchema = 'aurora_migration_markers'

/**
 * The plan that a reviewer approves, from the migration file, the source's catalogue and the LOB limit in KB. Pure:
 * the same facts give the same digest. One task carries everything: transactions stay whole only inside one task.
 */
export function buildPlan(
  migration: Migration,
  facts: { readonly source: SourceCatalogue; readonly lobMaxKb: number },
): Plan {
  const { cutover } = migration
  const tables = facts.source.planned.map(({ schema, table }) => ({ schema, table })).sort(byTableName)
  return {
    version: 1,
    migration: migration.name,
    tasks: [plannedTask(migration, 0, tables, facts.lobMaxKb)],
    relaxedColumns: relaxedColumns(facts.source),
    sequences: facts.source.sequences
      .map(({ schema, sequence }) => ({ schema, sequence }))
      .sort((a, b) => byText(a.schema, b.schema) || byText(a.sequence, b.sequence)),
    sequenceMargin: migration.sequences.margin,
    emptyTarget: migration['empty-target'],
    sourceFingerprint: facts.source.fingerprint,
    cutover: {
      fence: cutover.fence,
      freezeBudgetMs: cutover['freeze-budget'],
      markerRoundTripMs: cutover['marker-round-trip'],
      evidenceAgeMs: cutover['evidence-age'],
      environment: cutover.environment,
      applicationRoles: cutover['application-roles'],
      switches: cutover.switch.map(({ secret }) => ({ kind: 'secret', secret })),
      stragglers: cutover.stragglers,
      staleReads: cutover['stale-reads'],
      smokeTest: cutover['smoke-test'],
      watchMs: cutover.watch,
    },
  }
}

function plannedTask(
  migration: Migration,
  index: number,
  tables: readonly TableName[],
  lobMaxKb: number,
): PlannedTask {
  const task = { tables, markerTable: { schema: markerSchema, table: `task_${index + 1}` } }
  return {
    identifier: taskIdentifier(migration.name, index),
    ...task,
    mappings: tableMappings(task),
    settings: taskSettings({
      lobMaxKb,
      validation: migration.dms.validation,
      fullLoadSubtasks: migration.dms['full-load-subtasks'],
    }),
  }
}
