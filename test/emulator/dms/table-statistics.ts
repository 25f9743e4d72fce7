import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { invalidState, invalidValue } from '../protocol/aws-error.ts'
import type { TableStatisticsRecord } from '../replication/replication-job.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applyFilters, describeInput } from './filters.ts'
import type { Filters } from './filters.ts'
import type { MovedRecord } from './records.ts'
import { findTask } from './replication-tasks.ts'
import type { TaskRunner } from './task-runner.ts'

const mostTablesPerReload = 10

/** What both reload operations take beside an ARN. */
export const reloadInput = {
  TablesToReload: z.array(z.strictObject({ SchemaName: z.string(), TableName: z.string() })),
  ReloadOption: z.enum(['data-reload', 'validate-only']).optional(),
}

const reloadSchema = z.object(reloadInput)

function validates(task: MovedRecord): boolean {
  const section = task.settings.ValidationSettings
  return (
    typeof section === 'object' &&
    section !== null &&
    'EnableValidation' in section &&
    section.EnableValidation === true
  )
}

/** Checks and begins a reload. Throws InvalidResourceStateFault where DMS does. */
export async function reloadTables(
  emulator: Emulator,
  runner: TaskRunner,
  task: MovedRecord,
  input: z.output<typeof reloadSchema>,
): Promise<void> {
  if (task.status !== 'running') {
    throw invalidState(
      'Replication Task is not in running state. Tables can be reloaded only while the task is running.',
    )
  }
  if (task.migrationType === 'cdc') throw invalidState('Tables of a task of type cdc cannot be reloaded.')
  const names = input.TablesToReload.map((table) => JSON.stringify([table.SchemaName, table.TableName]))
  if (names.length === 0 || names.length > mostTablesPerReload) {
    throw invalidValue(`TablesToReload must name 1 to ${mostTablesPerReload} tables.`)
  }
  if (new Set(names).size !== names.length) throw invalidValue('TablesToReload names a table twice.')
  if (input.ReloadOption === 'validate-only' && !validates(task)) {
    throw invalidState('Validation is not enabled for the replication task.')
  }
  const known = new Set(
    runner.statistics(task).map((table) => JSON.stringify([table.SchemaName, table.TableName])),
  )
  const stranger = names.find((name) => !known.has(name))
  if (stranger) throw invalidValue(`Table ${stranger} is not part of the replication task.`)
  const tables = input.TablesToReload.map((table) => ({ schema: table.SchemaName, table: table.TableName }))
  await runner.reload(task, tables, input.ReloadOption ?? 'data-reload')
  emulator.store.save()
}

/** A page of the statistics that pass the filters. */
export function filterStatistics(
  runner: TaskRunner,
  task: MovedRecord,
  input: {
    Filters?: Filters
    MaxRecords?: number | undefined
    Marker?: string | undefined
  },
): { entries: TableStatisticsRecord[]; Marker?: string } {
  const matching = applyFilters(runner.statistics(task), input.Filters, {
    'schema-name': (table) => table.SchemaName,
    'table-name': (table) => table.TableName,
    'table-state': (table) => table.TableState,
  })
  return page(matching, input, { min: 20, max: 500 })
}

export function tableStatisticsOperations(emulator: Emulator, runner: TaskRunner): Record<string, Operation> {
  return {
    DescribeTableStatistics: operation(
      z.strictObject({ ...describeInput, ReplicationTaskArn: z.string() }),
      'reads',
      (input) => {
        const task = findTask(emulator, input.ReplicationTaskArn)
        const { entries, ...marker } = filterStatistics(runner, task, input)
        return { ReplicationTaskArn: task.arn, TableStatistics: entries, ...marker }
      },
    ),
    ReloadTables: operation(
      z.strictObject({ ...reloadInput, ReplicationTaskArn: z.string() }),
      'changes',
      async (input) => {
        const task = findTask(emulator, input.ReplicationTaskArn)
        await reloadTables(emulator, runner, task, input)
        return { ReplicationTaskArn: task.arn }
      },
    ),
  }
}
