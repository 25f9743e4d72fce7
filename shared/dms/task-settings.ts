/**
 * Schema on the target in which DMS keeps its control tables (awsdms_apply_exceptions, awsdms_suspended_tables,
 * awsdms_status): one of their own, so that leftovers of other tasks in `public` are neither met nor read.
 */
export const dmsControlSchema = 'aurora_migration_dms'

/**
 * Task settings as DMS takes them (DMS User Guide, Task settings). Everything that matters is said, since the
 * defaults of API, console and documentation differ. `lobMaxKb`: limited LOB mode cuts at it, and the endpoint's
 * FailTasksOnLobTruncation turns a cut into a failed task.
 */
export function taskSettings(decisions: {
  lobMaxKb: number
  validation: boolean
  fullLoadSubtasks: number
  /** Stops after the load and what was cached meanwhile: indexes and foreign keys are made before changes flow. */
  stopAfterCachedChanges: boolean
}): Record<string, unknown> {
  return {
    TargetMetadata: {
      TargetSchema: '',
      SupportLobs: true,
      FullLobMode: false,
      LimitedSizeLobMode: true,
      LobMaxSize: decisions.lobMaxKb,
      InlineLobMaxSize: 0,
      // Batches are applied table by table, as net changes: a marker could overtake the rows before it.
      BatchApplyEnabled: false,
      TaskRecoveryTableEnabled: false,
    },
    FullLoadSettings: {
      // DMS's own TRUNCATE fails on tables that foreign keys point to, and its own tables lack indexes and defaults.
      TargetTablePrepMode: 'DO_NOTHING',
      CreatePkAfterFullLoad: false,
      StopTaskCachedChangesApplied: decisions.stopAfterCachedChanges,
      StopTaskCachedChangesNotApplied: false,
      MaxFullLoadSubTasks: decisions.fullLoadSubtasks,
      TransactionConsistencyTimeout: 600,
      CommitRate: 10_000,
    },
    ControlTablesSettings: {
      ControlSchema: dmsControlSchema,
      SuspendedTablesTableEnabled: true,
      StatusTableEnabled: true,
      HistoryTableEnabled: false,
      FullLoadExceptionTableEnabled: true,
    },
    ChangeProcessingTuning: {
      BatchApplyPreserveTransaction: true,
      MinTransactionSize: 1000,
      // Seconds: the smallest value; the marker's round trip, and so the freeze, contains it.
      CommitTimeout: 1,
    },
    // A change of schema refuses the cutover; it is never carried to the target behind the plan's back.
    ChangeProcessingDdlHandlingPolicy: {
      HandleSourceTableDropped: false,
      HandleSourceTableTruncated: false,
      HandleSourceTableAltered: false,
    },
    // Whatever goes wrong with a row must be visible: as a suspended table, or in awsdms_apply_exceptions.
    ErrorBehavior: {
      DataErrorPolicy: 'SUSPEND_TABLE',
      DataTruncationErrorPolicy: 'SUSPEND_TABLE',
      DataErrorEscalationPolicy: 'SUSPEND_TABLE',
      DataErrorEscalationCount: 0,
      TableErrorPolicy: 'SUSPEND_TABLE',
      TableErrorEscalationPolicy: 'STOP_TASK',
      TableErrorEscalationCount: 0,
      RecoverableErrorCount: -1,
      RecoverableErrorInterval: 5,
      RecoverableErrorThrottling: true,
      RecoverableErrorThrottlingMax: 1800,
      ApplyErrorDeletePolicy: 'LOG_ERROR',
      ApplyErrorInsertPolicy: 'LOG_ERROR',
      ApplyErrorUpdatePolicy: 'LOG_ERROR',
      ApplyErrorEscalationPolicy: 'LOG_ERROR',
      ApplyErrorEscalationCount: 0,
      ApplyErrorFailOnTruncationDdl: true,
      // Changes captured during the load meet rows that the load has brought already.
      FullLoadIgnoreConflicts: true,
      FailOnTransactionConsistencyBreached: true,
      FailOnNoTablesCaptured: true,
    },
    ValidationSettings: decisions.validation
      ? {
          EnableValidation: true,
          ValidationMode: 'ROW_LEVEL',
          ValidationOnly: false,
          ThreadCount: 5,
          PartitionSize: 10_000,
          FailureMaxCount: 10_000,
          TableFailureMaxCount: 1000,
          SkipLobColumns: false,
        }
      : { EnableValidation: false },
    // Log group and stream are refused on creation; DMS chooses them.
    Logging: { EnableLogging: true },
  }
}
