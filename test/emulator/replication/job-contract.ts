import type { Quirk } from './quirks.ts'

/** Where a database is and how DMS's endpoint settings say to treat it. */
export interface DatabaseAddress {
  host: string
  port: number
  database: string
  user: string
  password: string
  tls: boolean
  /** the server must show a certificate that this one signed; `host`: and that names it */
  tlsVerification?: { certificate: string; host: boolean }
  afterConnectScript?: string
  slotName?: string
  captureDdls: boolean
  failTasksOnLobTruncation: boolean
  trimSpaceInChar: boolean
  executeTimeoutSeconds: number
  heartbeat?: { schema: string; frequencyMinutes: number }
  /** extra connection attribute of both endpoints: numeric without precision travels as text, unrounded */
  mapUnboundedNumericAsString?: boolean
}

/** What a task must remember between two runs; persisted by the control plane. */
export interface Checkpoint {
  slotName: string
  slotOwned: boolean
  /** LSN up to which everything is on the target; the statistics belong to exactly this position */
  confirmedLsn: string | null
  /** `"schema"."table"` of the source, for every table whose load is complete */
  fullLoadDone: string[]
  cachedChangesApplied: boolean
  statistics: TableStatisticsRecord[]
}

export type MigrationType = 'full-load' | 'cdc' | 'full-load-and-cdc'
export type StartType = 'start-replication' | 'resume-processing' | 'reload-target'

/** One run of a replication task, as the control plane asks for it. */
export interface ReplicationJob {
  taskArn: string
  taskIdentifier: string
  /** last segment of the ARN: DMS's TASK_NAME in the control tables */
  externalId: string
  migrationType: MigrationType
  startType: StartType
  cdcStartPosition?: string
  /** `server_time:YYYY-MM-DDTHH:MM:SS` or `commit_time:…`, UTC */
  cdcStopPosition?: string
  source: DatabaseAddress
  target: DatabaseAddress
  tableMappings: unknown
  /** complete document, defaults merged */
  taskSettings: Record<string, unknown>
  checkpoint?: Checkpoint
  quirks: Record<Quirk, boolean>
  replicationDelayMs(): number
  /** Called at every fault point; may wait, or throw TableFault, TaskFault, TaskStop or ConnectionFault. */
  fault(point: FaultPoint, detail: string): Promise<void>
}

/** Where faults can strike; the detail is `schema.table` for the points that name a table or its rows, else the commit LSN. */
export type FaultPoint =
  | 'full-load:table'
  | 'full-load:rows'
  | 'cdc:read'
  | 'cdc:table'
  | 'cdc:apply'
  | 'cdc:confirm'
  | 'validation:table'

/** Thrown by a fault point: the table in hand goes to `Table error`, the task carries on. */
export class TableFault extends Error {
  override readonly name = 'TableFault'
}

/** Thrown by a fault point: the task fails for good. */
export class TaskFault extends Error {
  override readonly name: string = 'TaskFault'
}

/** Thrown by a fault point: DMS gives the task up by itself, which is `stopped` and no failure; the message is its stop reason. */
export class TaskStop extends TaskFault {
  override readonly name = 'TaskStop'
}

/** Thrown by a fault point: as if the connection was cut; the task recovers by itself. */
export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault'
}

export interface ReplicationEnd {
  status: 'stopped' | 'failed'
  stopReason: string
  lastFailureMessage?: string
}

export interface TaskLogLine {
  /** DMS's component name, e.g. SOURCE_CAPTURE, TARGET_APPLY, TASK_MANAGER */
  component: string
  severity: 'info' | 'warning' | 'error'
  message: string
}

export interface ReplicationListener {
  /** Persist, synchronously. */
  checkpoint(checkpoint: Checkpoint): void
  /** Called once, after every session of the task is closed. */
  ended(end: ReplicationEnd): void
  /** Tables are resolved, work begins. */
  running(): void
  /** What DMS would write to the task log. */
  log?(line: TaskLogLine): void
}

export interface RunningReplication {
  /** Resolves when the task has ended and its sessions are closed. */
  stop(): Promise<void>
  reloadTables(
    tables: readonly { schema: string; table: string }[],
    option: 'data-reload' | 'validate-only',
  ): Promise<void>
  statistics(): TableStatisticsRecord[]
  stats(): ReplicationStats
  metrics(): TaskMetrics
}

export type TableState =
  | 'Table does not exist'
  | 'Before load'
  | 'Full load'
  | 'Table completed'
  | 'Table cancelled'
  | 'Table error'
  | 'Table is being reloaded'

export type ValidationState =
  | 'Not enabled'
  | 'Pending records'
  | 'Mismatched records'
  | 'Suspended records'
  | 'No primary key'
  | 'Table error'
  | 'Validated'
  | 'Error'
  | 'Pending validation'
  | 'Preparing table'
  | 'Pending revalidation'

/** TableStatistics of the DMS API, field for field; times are epoch seconds, as on the wire. */
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
  FullLoadStartTime?: number
  FullLoadEndTime?: number
  FullLoadReloaded: boolean
  LastUpdateTime: number
  TableState: TableState
  ValidationPendingRecords: number
  ValidationFailedRecords: number
  ValidationSuspendedRecords: number
  ValidationState: ValidationState
  ValidationStateDetails?: string
}

/** The part of ReplicationTaskStats that the row mover knows; times are epoch seconds. */
export interface ReplicationStats {
  FullLoadProgressPercent: number
  ElapsedTimeMillis: number
  TablesLoaded: number
  TablesLoading: number
  TablesQueued: number
  TablesErrored: number
  StartDate: number
  FullLoadStartDate?: number
  FullLoadFinishDate?: number
}

/** Task metrics of namespace AWS/DMS at this instant; latencies in seconds, bandwidth in KB/s. */
export interface TaskMetrics {
  CDCLatencySource: number
  CDCLatencyTarget: number
  CDCIncomingChanges: number
  CDCChangesMemorySource: number
  CDCChangesDiskSource: number
  CDCChangesMemoryTarget: number
  CDCChangesDiskTarget: number
  CDCThroughputRowsSource: number
  CDCThroughputRowsTarget: number
  CDCThroughputBandwidthSource: number
  CDCThroughputBandwidthTarget: number
  FullLoadThroughputRowsSource: number
  FullLoadThroughputRowsTarget: number
  FullLoadThroughputBandwidthSource: number
  FullLoadThroughputBandwidthTarget: number
  MemoryUsage: number
  CPUUtilization: number
  ValidationSucceededRecordCount: number
  ValidationAttemptedRecordCount: number
  ValidationFailedOverallCount: number
  ValidationSuspendedOverallCount: number
  ValidationPendingOverallCount: number
}
