import type { Quirk } from '../config.ts'

/** One end of a replication task, complete with what its endpoint's settings say. */
export interface DatabaseAddress {
  host: string
  port: number
  database: string
  user: string
  password: string
  tls: boolean
  afterConnectScript?: string
  slotName?: string
  captureDdls: boolean
  failTasksOnLobTruncation: boolean
  trimSpaceInChar: boolean
  executeTimeoutSeconds: number
  heartbeat?: { schema: string; frequencyMinutes: number }
}

/** A row of DescribeTableStatistics under the API's own field names; times are ISO 8601, absent until they happened. */
export interface TableStatisticsRecord {
  SchemaName: string
  TableName: string
  Inserts: number
  Updates: number
  Deletes: number
  Ddls: number
  AppliedInserts: number
  AppliedUpdates: number
  AppliedDeletes: number
  AppliedDdls: number
  FullLoadRows: number
  FullLoadCondtnlChkFailedRows: number
  FullLoadErrorRows: number
  FullLoadStartTime?: string
  FullLoadEndTime?: string
  FullLoadReloaded: boolean
  LastUpdateTime: string
  TableState: string
  ValidationPendingRecords: number
  ValidationFailedRecords: number
  ValidationSuspendedRecords: number
  ValidationState: string
  ValidationStateDetails?: string
}

/** ReplicationTaskStats as far as the row mover knows it; times are ISO 8601. The control plane adds the rest. */
export interface ReplicationStats {
  FullLoadProgressPercent: number
  TablesLoaded: number
  TablesLoading: number
  TablesQueued: number
  TablesErrored: number
  FullLoadStartDate?: string
  FullLoadFinishDate?: string
}

/** CloudWatch metrics of one task by their name, for example CDCLatencySource in seconds; a metric left out has no point. */
export type TaskMetrics = Record<string, number>

/** What must be kept to resume a task after a stop or a crash. LSNs are text. */
export interface Checkpoint {
  slotName: string
  slotOwned: boolean
  confirmedLsn: string | null
  fullLoadDone: string[]
  cachedChangesApplied: boolean
  statistics: TableStatisticsRecord[]
}

export interface ReplicationJob {
  taskArn: string
  taskIdentifier: string
  /** The last segment of the ARN. */
  externalId: string
  migrationType: 'full-load' | 'cdc' | 'full-load-and-cdc'
  startType: 'start-replication' | 'resume-processing' | 'reload-target'
  cdcStartPosition?: string
  source: DatabaseAddress
  target: DatabaseAddress
  tableMappings: unknown
  /** The complete document, defaults merged. */
  taskSettings: Record<string, unknown>
  checkpoint?: Checkpoint
  quirks: Record<Quirk, boolean>
  replicationDelayMs(): number
  /** May wait, or throw TableFault or TaskFault. */
  fault(point: string, detail: string): Promise<void>
}

export interface ReplicationListener {
  /** Persists; synchronous. */
  checkpoint(checkpoint: Checkpoint): void
  ended(end: { status: 'stopped' | 'failed'; stopReason: string; lastFailureMessage?: string }): void
  running(): void
}

export interface RunningReplication {
  stop(): Promise<void>
  reloadTables(
    tables: { schema: string; table: string }[],
    option: 'data-reload' | 'validate-only',
  ): Promise<void>
  statistics(): TableStatisticsRecord[]
  stats(): ReplicationStats
  metrics(): TaskMetrics
}

/** An injected failure of one table: the table goes to `Table error`, the task carries on. */
export class TableFault extends Error {
  override readonly name = 'TableFault'
}

/** An injected failure of the whole task. */
export class TaskFault extends Error {
  override readonly name = 'TaskFault'
}
