import type { TableStatistics } from '@aws-sdk/client-database-migration-service'
import { required } from './answer-part.ts'

/** What DMS counts of one table of one task (API: TableStatistics). */
export interface TableStatistic {
  readonly schema: string
  readonly table: string
  /** `Table completed`, `Full load`, …, as DMS writes it; table-state.ts knows what it means. */
  readonly state: string
  readonly rows: number
  /** Changes captured on the source and changes applied on the target. */
  readonly captured: number
  readonly applied: number
  readonly loadStarted: Date | undefined
  readonly loadEnded: Date | undefined
  readonly validationState: string
  readonly validationDetails: string
  readonly validationPending: number
  readonly validationFailed: number
  readonly validationSuspended: number
}

/** The SDK's shape, in which every member may be absent, as ours; a count that is absent is 0. */
export function parseTableStatistic(record: TableStatistics): TableStatistic {
  const call = 'DescribeTableStatistics'
  return {
    schema: required(record.SchemaName, 'SchemaName', call),
    table: required(record.TableName, 'TableName', call),
    state: required(record.TableState, 'TableState', call),
    rows: record.FullLoadRows ?? 0,
    captured: (record.Inserts ?? 0) + (record.Updates ?? 0) + (record.Deletes ?? 0),
    applied: (record.AppliedInserts ?? 0) + (record.AppliedUpdates ?? 0) + (record.AppliedDeletes ?? 0),
    loadStarted: record.FullLoadStartTime,
    loadEnded: record.FullLoadEndTime,
    validationState: record.ValidationState ?? 'Not enabled',
    validationDetails: record.ValidationStateDetails ?? '',
    validationPending: record.ValidationPendingRecords ?? 0,
    validationFailed: record.ValidationFailedRecords ?? 0,
    validationSuspended: record.ValidationSuspendedRecords ?? 0,
  }
}
