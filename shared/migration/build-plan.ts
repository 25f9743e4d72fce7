import { tableMappings } from '../dms/table-mappings.ts'
import { taskIdentifier } from '../dms/task-identifier.ts'
import { taskSettings } from '../dms/task-settings.ts'
import type { SourceCatalogue } from './catalogue-model.ts'
import { byText } from './name-order.ts'
import { decisionsWithin } from './decisions-within.ts'
import type { PlanDecisions } from './plan-decisions.ts'
import type { Plan, PlannedTask, TableName } from './plan.ts'
import { plannedSwitch } from './planned-switch.ts'
import { plannedReverse } from './planned-reverse.ts'
import { relaxedColumns } from './relaxed-columns.ts'
import type { Migration } from './schema.ts'

/** Schema of the marker tables; each task carries one of them. */
export const markerSchema = 'aurora_migration_markers'

/**
 * The plan that a reviewer approves, from the migration file, the source's catalogue and what was decided from
 * measurements. Pure: the same facts give the same digest.
 */
export function buildPlan(
  migration: Migration,
  facts: { readonly source: SourceCatalogue; readonly decisions: PlanDecisions },
): Plan {
  const { cutover } = migration
  const decisions = decisionsWithin(migration, facts.source, facts.decisions)
  return {
    version: 1,
    migration: migration.name,
    tasks: decisions.groups.map((group, index) => plannedTask(migration, index, group, decisions)),
    decisions: { lobs: decisions.lobs, ranges: decisions.ranges },
    load: migration.load,
    schema: migration.schema,
    duringLoad: migration['during-load'],
    assessment: assessmentOf(migration),
    waivers: migration.waivers,
    relaxedColumns: relaxedColumns(facts.source),
    sequences: facts.source.sequences
      .map(({ schema, sequence }) => ({ schema, sequence }))
      .sort((a, b) => byText(a.schema, b.schema) || byText(a.sequence, b.sequence)),
    sequenceMargin: migration.sequences.margin,
    emptyTarget: migration['empty-target'],
    sourceFingerprint: facts.source.fingerprint,
    reverse: plannedReverse(migration),
    cutover: {
      fence: cutover.fence,
      freezeBudgetMs: cutover['freeze-budget'],
      markerRoundTripMs: cutover['marker-round-trip'],
      evidenceAgeMs: cutover['evidence-age'],
      environment: cutover.environment,
      approval: cutover.approval ?? null,
      window: cutover.window ?? null,
      applicationRoles: cutover['application-roles'],
      switches: cutover.switch.map(plannedSwitch),
      endpoints: cutover.endpoints ?? null,
      quiesce: cutover.quiesce,
      fallBack: cutover['fall-back'],
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
  decisions: PlanDecisions,
): PlannedTask {
  const { load } = migration
  const identifier = taskIdentifier(migration.name, index)
  const markerTable = { schema: markerSchema, table: `task_${index + 1}` }
  const ofTask = <T extends TableName>(all: readonly T[]): T[] =>
    all.filter((one) => tables.some(({ schema, table }) => one.schema === schema && one.table === table))
  return {
    identifier,
    tables,
    markerTable,
    migrationType: load.by === 'dms' ? 'full-load-and-cdc' : 'cdc',
    slot: slotOfTask(migration, index),
    mappings: tableMappings({
      tables,
      markerTable,
      lobs: ofTask(decisions.lobs.tables),
      ranges: ofTask(decisions.ranges),
    }),
    settings: taskSettings({
      lobMaxKb: decisions.lobs.taskMaxKb,
      validation: migration.dms.validation,
      fullLoadSubtasks: migration.dms['full-load-subtasks'],
      stopAfterCachedChanges: stopsAfterLoad(migration),
    }),
  }
}

/** What lets a task start that DMS itself warns of is decided by whoever approves; where results are written is not. */
function assessmentOf({ dms }: Migration): Plan['assessment'] {
  return dms.assessment === undefined ? null : { failOn: dms.assessment['fail-on'] }
}

/** Where finish-target makes indexes or foreign keys, the tasks wait for it; it starts them again. */
function stopsAfterLoad({ load, schema, 'during-load': during }: Migration): boolean {
  const dumped = schema === 'dump' || (typeof schema === 'object' && 'dump' in schema)
  return load.by === 'dms' && (dumped || during['foreign-keys'] === 'drop' || during.indexes === 'drop')
}

/** CDC alone starts from a slot of ours that is older than the copy; with a full load DMS makes its own. */
function slotOfTask({ name, load }: Migration, index: number): string | null {
  if (load.by === 'dms') return null
  if (load.by === 'existing') return load.slots[index] ?? null
  return `aurora_migration_${name.replaceAll('-', '_')}_${index + 1}`
}
