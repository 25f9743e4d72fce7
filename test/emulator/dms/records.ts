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
  createdAt: string
}

export interface ConnectionRecord {
  endpointArn: string
  instanceArn: string
  status: 'testing' | 'successful' | 'failed' | 'deleting'
  lastFailureMessage?: string
}

export type TaskStatus =
  | 'creating'
  | 'ready'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'modifying'
  | 'testing'
  | 'deleting'

export interface TaskRun {
  startType: StartType
  /** An LSN, where the start named one. */
  cdcStartPosition?: string
  /** True once this run has kept a checkpoint; from then on a restart of the emulator resumes. */
  checkpointed: boolean
}

/** What the row mover is started with and reports to: a replication task or a serverless replication. */
export interface MovedRecord {
  arn: string
  identifier: string
  sourceEndpointArn: string
  targetEndpointArn: string
  migrationType: MigrationType
  tableMappings: string
  /** The complete document. */
  settings: Record<string, unknown>
  status: TaskStatus | ServerlessStatus
  cdcStartPosition?: string
  cdcStopPosition?: string
  stopReason?: string
  lastFailureMessage?: string
  createdAt: string
  /** Of the first start or the last reload. */
  freshStartAt?: string
  startedAt?: string
  stoppedAt?: string
  run?: TaskRun
}

export interface TaskRecord extends MovedRecord {
  status: TaskStatus
  /** Where a modification or an assessment settles back to. */
  settlesTo?: TaskStatus
  instanceArn: string
  taskData?: string
}

/** The statuses of a serverless replication on its way to `running`, in their order (User Guide, "Serverless components"). */
export const serverlessStart = [
  'initializing',
  'preparing_metadata_resources',
  'testing_connection',
  'fetching_metadata',
  'calculating_capacity',
  'provisioning_capacity',
  'replication_starting',
] as const

export type ServerlessStatus =
  | 'created'
  | 'modifying'
  | (typeof serverlessStart)[number]
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'deleting'

/** ComputeConfig as the API has it (SDK 3.1124.0). */
export interface ComputeConfig {
  AvailabilityZone?: string | undefined
  DnsNameServers?: string | undefined
  KmsKeyId?: string | undefined
  MaxCapacityUnits: number
  MinCapacityUnits?: number | undefined
  MultiAZ?: boolean | undefined
  PreferredMaintenanceWindow?: string | undefined
  ReplicationSubnetGroupId?: string | undefined
  VpcSecurityGroupIds?: string[] | undefined
}

/** A replication configuration of DMS Serverless together with its one replication. */
export interface ReplicationConfigRecord extends MovedRecord {
  status: ServerlessStatus
  /** Where a modification settles back to. */
  settlesTo?: ServerlessStatus
  computeConfig: ComputeConfig
  supplementalSettings?: string
  updatedAt: string
  provisionedAt?: string
}

export interface EventRecord {
  sourceIdentifier: string
  sourceType: 'replication-instance' | 'replication-task'
  categories: string[]
  message: string
  at: string
}

export interface CertificateRecord {
  arn: string
  identifier: string
  pem: string
  kmsKeyId?: string
  createdAt: string
}

export type AssessmentStatus =
  'pending' | 'running' | 'passed' | 'failed' | 'warning' | 'error' | 'cancelled' | 'skipped'

/** One check of a premigration assessment run. */
export interface IndividualAssessmentRecord {
  arn: string
  name: string
  status: AssessmentStatus
  startedAt?: string
}

export interface AssessmentRunRecord {
  arn: string
  taskArn: string
  name: string
  status:
    | 'starting'
    | 'provisioning'
    | 'running'
    | 'passed'
    | 'failed'
    | 'warning'
    | 'cancelling'
    | 'deleting'
    | 'error-executing'
  serviceAccessRoleArn: string
  bucket: string
  folder?: string
  encryptionMode?: string
  kmsKeyArn?: string
  createdAt: string
  lastFailureMessage?: string
  assessments: IndividualAssessmentRecord[]
}

/** What the state document holds of DMS. */
export interface DmsState {
  replicationInstances: ReplicationInstanceRecord[]
  endpoints: EndpointRecord[]
  connections: ConnectionRecord[]
  tasks: TaskRecord[]
  replicationConfigs: ReplicationConfigRecord[]
  certificates: CertificateRecord[]
  assessmentRuns: AssessmentRunRecord[]
  events: EventRecord[]
}

/** DMS of an account in which nobody has made anything yet. */
export function emptyDmsState(): DmsState {
  return {
    replicationInstances: [],
    endpoints: [],
    connections: [],
    tasks: [],
    replicationConfigs: [],
    certificates: [],
    assessmentRuns: [],
    events: [],
  }
}
