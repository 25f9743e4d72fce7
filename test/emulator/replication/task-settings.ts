import { z } from 'zod'

const policy = z.enum([
  'IGNORE_RECORD',
  'LOG_ERROR',
  'SUSPEND_TABLE',
  'STOP_TASK',
  'INSERT_RECORD',
  'UPDATE_RECORD',
  'TRUNCATE_DATA',
])

export type ErrorPolicy = z.infer<typeof policy>

const settings = z.object({
  TargetMetadata: z
    .object({
      TargetSchema: z.string().default(''),
      SupportLobs: z.boolean().default(true),
      FullLobMode: z.boolean().default(false),
      LimitedSizeLobMode: z.boolean().default(true),
      LobMaxSize: z.number().default(32),
      InlineLobMaxSize: z.number().default(0),
      TaskRecoveryTableEnabled: z.boolean().default(false),
    })
    .prefault({}),
  FullLoadSettings: z
    .object({
      TargetTablePrepMode: z
        .enum(['DO_NOTHING', 'DROP_AND_CREATE', 'TRUNCATE_BEFORE_LOAD'])
        .default('DROP_AND_CREATE'),
      CreatePkAfterFullLoad: z.boolean().default(false),
      StopTaskCachedChangesApplied: z.boolean().default(false),
      StopTaskCachedChangesNotApplied: z.boolean().default(false),
      MaxFullLoadSubTasks: z.number().int().min(1).max(49).default(8),
      TransactionConsistencyTimeout: z.number().min(0).default(600),
    })
    .prefault({}),
  ControlTablesSettings: z
    .object({
      ControlSchema: z.string().default(''),
      HistoryTimeslotInMinutes: z.number().default(5),
      HistoryTableEnabled: z.boolean().default(false),
      SuspendedTablesTableEnabled: z.boolean().default(false),
      StatusTableEnabled: z.boolean().default(false),
    })
    .prefault({}),
  ChangeProcessingTuning: z
    .object({
      MinTransactionSize: z.number().min(1).default(1000),
      MemoryLimitTotal: z.number().default(1024),
      StatementCacheSize: z.number().min(0).default(50),
    })
    .prefault({}),
  ErrorBehavior: z
    .object({
      DataErrorPolicy: policy.default('LOG_ERROR'),
      DataTruncationErrorPolicy: policy.default('LOG_ERROR'),
      DataErrorEscalationPolicy: policy.default('SUSPEND_TABLE'),
      DataErrorEscalationCount: z.number().int().min(0).default(0),
      TableErrorPolicy: policy.default('SUSPEND_TABLE'),
      TableErrorEscalationPolicy: policy.default('STOP_TASK'),
      TableErrorEscalationCount: z.number().int().min(0).default(0),
      RecoverableErrorCount: z.number().default(-1),
      RecoverableErrorInterval: z.number().min(0).default(5),
      RecoverableErrorThrottling: z.boolean().default(true),
      RecoverableErrorThrottlingMax: z.number().default(1800),
      ApplyErrorDeletePolicy: policy.default('IGNORE_RECORD'),
      ApplyErrorInsertPolicy: policy.default('LOG_ERROR'),
      ApplyErrorUpdatePolicy: policy.default('LOG_ERROR'),
      ApplyErrorEscalationPolicy: policy.default('LOG_ERROR'),
      ApplyErrorEscalationCount: z.number().int().min(0).default(0),
      FullLoadIgnoreConflicts: z.boolean().default(true),
      FailOnTransactionConsistencyBreached: z.boolean().default(false),
      FailOnNoTablesCaptured: z.boolean().default(true),
    })
    .prefault({}),
  ValidationSettings: z
    .object({
      EnableValidation: z.boolean().default(false),
      ValidationOnly: z.boolean().default(false),
      ThreadCount: z.number().int().min(1).default(5),
      PartitionSize: z.number().int().min(1).default(10_000),
      FailureMaxCount: z.number().default(10_000),
      TableFailureMaxCount: z.number().default(1000),
      RecordFailureDelayInMinutes: z.number().default(5),
      SkipLobColumns: z.boolean().default(false),
      ValidationPartialLobSize: z.number().default(0),
    })
    .prefault({}),
})

/** The settings that the row mover obeys, under DMS's own names and defaults. */
export type TaskSettings = z.infer<typeof settings>

/** Reads the task's settings document; what the mover does not know passes unread. Throws with the path of a wrong value. */
export function readTaskSettings(document: unknown): TaskSettings {
  const result = settings.safeParse(document)
  if (result.success) return result.data
  throw new Error(`Task settings: ${z.prettifyError(result.error)}`)
}
