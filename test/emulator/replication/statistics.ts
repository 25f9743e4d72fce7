import { tableKey } from './catalogue.ts'
import type { ReplicationStats, TableState, TableStatisticsRecord } from './job-contract.ts'
import type { SelectedTable } from './mapping.ts'

export type RowKind = 'insert' | 'update' | 'delete'

const CAPTURED = { insert: 'Inserts', update: 'Updates', delete: 'Deletes' } as const
const APPLIED = { insert: 'AppliedInserts', update: 'AppliedUpdates', delete: 'AppliedDeletes' } as const

/** The counters that DescribeTableStatistics shows, and what of them is not on the target yet. */
export interface Statistics {
  get(key: string): TableStatisticsRecord
  change(key: string, change: Partial<TableStatisticsRecord>): void
  setState(key: string, state: TableState): void
  captured(key: string, kind: RowKind, rows: number): void
  /** Rows that were captured are done with; `applied` says whether they count as applied. */
  settled(key: string, kind: RowKind, rows: number, applied: boolean): void
  /** Everything that was captured and not settled will be sent again. */
  forgetPending(): void
  pendingRows(): number
  list(): TableStatisticsRecord[]
  /** The records as of what is settled: fit for a checkpoint. */
  settledList(): TableStatisticsRecord[]
  taskStats(startedAt: number, erroredCount: boolean): ReplicationStats
}

/** Epoch seconds. */
export function now(): number {
  return Date.now() / 1000
}

/** @param previous records of the last run, whose counters go on */
export function createStatistics(
  tables: readonly SelectedTable[],
  previous: readonly TableStatisticsRecord[],
  validation: boolean,
): Statistics {
  const earlier = new Map(previous.map((record) => [tableKey(record.SchemaName, record.TableName), record]))
  const records = new Map<string, TableStatisticsRecord>()
  const pending = new Map<string, Record<RowKind, number>>()
  for (const { source } of tables) {
    const key = tableKey(source.schema, source.name)
    records.set(key, earlier.get(key) ?? emptyRecord(source.schema, source.name, validation))
    pending.set(key, { insert: 0, update: 0, delete: 0 })
  }

  function get(key: string): TableStatisticsRecord {
    const record = records.get(key)
    if (record === undefined) throw new Error(`No statistics for ${key}`)
    return record
  }

  function change(key: string, changes: Partial<TableStatisticsRecord>): void {
    Object.assign(get(key), changes, { LastUpdateTime: now() })
  }

  function pendingOf(key: string): Record<RowKind, number> {
    return pending.get(key) ?? { insert: 0, update: 0, delete: 0 }
  }

  function withoutPending(record: TableStatisticsRecord): TableStatisticsRecord {
    const open = pendingOf(tableKey(record.SchemaName, record.TableName))
    return {
      ...record,
      Inserts: record.Inserts - open.insert,
      Updates: record.Updates - open.update,
      Deletes: record.Deletes - open.delete,
    }
  }

  return {
    get,
    change,
    setState: (key, state) => change(key, { TableState: state }),
    captured(key, kind, rows) {
      const record = get(key)
      record[CAPTURED[kind]] += rows
      record.LastUpdateTime = now()
      pendingOf(key)[kind] += rows
    },
    settled(key, kind, rows, applied) {
      const record = get(key)
      pendingOf(key)[kind] -= rows
      if (applied) record[APPLIED[kind]] += rows
      record.LastUpdateTime = now()
    },
    forgetPending() {
      for (const [key, record] of records) {
        Object.assign(record, withoutPending(record))
        pending.set(key, { insert: 0, update: 0, delete: 0 })
      }
    },
    pendingRows() {
      let rows = 0
      for (const open of pending.values()) rows += open.insert + open.update + open.delete
      return rows
    },
    list: () => [...records.values()].map((record) => ({ ...record })),
    settledList: () => [...records.values()].map(withoutPending),
    taskStats(startedAt, erroredCount) {
      const all = [...records.values()]
      const count = (...states: TableState[]): number =>
        all.filter((record) => states.includes(record.TableState)).length
      const loaded = count('Table completed')
      const errored = count('Table error', 'Table does not exist', 'Table cancelled')
      const starts = all.flatMap((record) => record.FullLoadStartTime ?? [])
      const ends = all.flatMap((record) => record.FullLoadEndTime ?? [])
      const finished = loaded + (erroredCount ? errored : 0)
      return {
        FullLoadProgressPercent: all.length === 0 ? 0 : Math.floor((100 * finished) / all.length),
        ElapsedTimeMillis: Math.round((now() - startedAt) * 1000),
        TablesLoaded: loaded,
        TablesLoading: count('Full load', 'Table is being reloaded'),
        TablesQueued: count('Before load'),
        TablesErrored: errored,
        StartDate: startedAt,
        ...(starts.length > 0 ? { FullLoadStartDate: Math.min(...starts) } : {}),
        ...(loaded + errored === all.length && ends.length > 0
          ? { FullLoadFinishDate: Math.max(...ends) }
          : {}),
      }
    },
  }
}

function emptyRecord(schema: string, table: string, validation: boolean): TableStatisticsRecord {
  return {
    SchemaName: schema,
    TableName: table,
    Inserts: 0,
    Updates: 0,
    Deletes: 0,
    Ddls: 0,
    AppliedInserts: 0,
    AppliedUpdates: 0,
    AppliedDeletes: 0,
    AppliedDdls: 0,
    FullLoadRows: 0,
    FullLoadCondtnlChkFailedRows: 0,
    FullLoadErrorRows: 0,
    FullLoadReloaded: false,
    LastUpdateTime: now(),
    TableState: 'Before load',
    ValidationPendingRecords: 0,
    ValidationFailedRecords: 0,
    ValidationSuspendedRecords: 0,
    ValidationState: validation ? 'Pending validation' : 'Not enabled',
  }
}
