import type { MigrationType, StartType } from '../replication/job-contract.ts'

/** What the emulator keeps of DMS resources. Times are ISO 8601. */
export interface ReplicationInstanceRecord {
  arn: string
  identifier: string
  instanceClass: string
  status: 'creating' | 'available' | 'modifying' | 'deleting'
  allocatedStorage: number
  engineVersion: string
  multiAz: boolean
  subnetGroup: string
  publiclyAccessible: boolean
  autoMinorVersionUpgrade: boolean
  availabilityZone: string
  securityGroups: string[]
  maintenanceWindow: string
  createdAt: string
}

/** PostgreSQLSettings as stored: with the password, which is never returned. */
export type PostgresSettings = Record<string, string | number | boolean>

export interface EndpointRecord {
  arn: string
  identifier: string
  type: 'source' | 'target'
  engineName: 'postgres' | 'aurora-postgresql'
  status: 'active' | 'deleting'
  sslMode: string
  extraConnectionAttributes?: string
  certificateArn?: string
  kmsKeyId?: string
  /** Everything of the connection, wherever in the request it was given (Username, Port …). */
  settings: PostgresSettings
}

export interface ConnectionRecord {
  endpointArn: string
  instanceArn: string
  status: 'testing' | 'successful' | 'failed' | 'deleting'
  lastFailureMessage?: string
}

export type TaskStatus =
  'creating' | 'ready' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed' | 'modifying' | 'deleting'

export interface TaskRun {
  startType: StartType
  /** An LSN, where the start named one. */
  cdcStartPosition?: string
  /** True once this run has kept a checkpoint; from then on a restart of the emulator resumes. */
  checkpointed: boolean
}

export interface TaskRecord {
  arn: string
  identifier: string
  sourceEndpointArn: string
  targetEndpointArn: string
  instanceArn: string
  migrationType: MigrationType
  tableMappings: string
  /** The complete document. */
  settings: Record<string, unknown>
  status: TaskStatus
  /** Where a modification settles back to. */
  settlesTo?: TaskStatus
  cdcStartPosition?: string
  cdcStopPosition?: string
  taskData?: string
  stopReason?: string
  lastFailureMessage?: string
  createdAt: string
  /** Of the first start or the last reload. */
  freshStartAt?: string
  startedAt?: string
  stoppedAt?: string
  run?: TaskRun
}

export interface EventRecord {
  sourceIdentifier: string
  sourceType: 'replication-instance' | 'replication-task'
  categories: string[]
  message: string
  at: string
}
