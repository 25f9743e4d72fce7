import { tableMappings } from '../../dms/table-mappings.ts'
import type { Carrier } from '../../migration/carriers.ts'
import type { Plan, PlannedTask, TableName } from '../../migration/plan.ts'

/**
 * The task of a carrier as DMS is given it: the same tables as the plan's task, its own marker table, changes alone. No
 * table is loaded or emptied, so no ranges. Rows that cannot be applied are written down, never passed over in silence:
 * fall-back refuses on any. DMS's validation is off: with changes alone it first compares every row there is (User Guide,
 * data validation), on the server that has just been opened; verify-data compares when it is asked to. Pure.
 */
export function carrierTask(plan: Plan, { task, identifier, slot, markerTable }: Carrier): PlannedTask {
  const mine = <T extends TableName>(all: readonly T[]): T[] =>
    all.filter((one) => task.tables.some(({ schema, table }) => one.schema === schema && one.table === table))
  return {
    identifier,
    tables: task.tables,
    markerTable,
    migrationType: 'cdc',
    slot,
    mappings: tableMappings({
      tables: task.tables,
      markerTable,
      lobs: mine(plan.decisions.lobs.tables),
      ranges: [],
    }),
    settings: {
      ...task.settings,
      FullLoadSettings: {
        ...object(task.settings['FullLoadSettings']),
        TargetTablePrepMode: 'DO_NOTHING',
        StopTaskCachedChangesApplied: false,
      },
      ValidationSettings: { EnableValidation: false },
    },
  }
}

function object(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
