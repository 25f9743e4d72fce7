import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { invalidState, invalidValue } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applyFilters, describeInput } from './filters.ts'
import type { TaskRecord } from './records.ts'
import { findTask } from './replication-tasks.ts'
import type { TaskRunner } from './task-runner.ts'

const mostTablesPerReload = 10

const reloadInput = z.strictObject({
  ReplicationTaskArn: z.string(),
  TablesToReload: z.array(z.strictObject({ SchemaName: z.string(), TableName: z.string() })),
  ReloadOption: z.enum(['data-reload', 'validate-only']).optional(),
})

function validates(task: TaskRecord): boolean {
  const section = task.settings.ValidationSettings
  return (
    typeof section === 'object' &&
    section !== null &&
    'EnableValidation' in section &&
    section.EnableValidation === true
  )
}

async function reload(
  emulator: Emulator,
  runner: TaskRunner,
  input: z.output<typeof reloadInput>,
): Promise<TaskRecord> {
  const task = findTask(emulator, input.ReplicationTaskArn)
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
  return task
}

export function tableStatisticsOperations(emulator: Emulator, runner: TaskRunner): Record<string, Operation> {
  return {
    DescribeTableStatistics: operation(
      z.strictObject({ ...describeInput, ReplicationTaskArn: z.string() }),
      'reads',
      (input) => {
        const task = findTask(emulator, input.ReplicationTaskArn)
        const matching = applyFilters(runner.statistics(task), input.Filters, {
          'schema-name': (table) => table.SchemaName,
          'table-name': (table) => table.TableName,
          'table-state': (table) => table.TableState,
        })
        const { entries, ...marker } = page(matching, input, { min: 20, max: 500 })
        return { ReplicationTaskArn: task.arn, TableStatistics: entries, ...marker }
      },
    ),
    ReloadTables: operation(reloadInput, 'changes', async (input) => ({
      ReplicationTaskArn: (await reload(emulator, runner, input)).arn,
    })),
  }
}
