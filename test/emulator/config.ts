import { z } from 'zod'
import { securityGroupSchema } from './ec2/config.ts'
import { keySchema } from './kms/config.ts'
import { shareSchema } from './ram/shares.ts'
import { configuredZone } from './route53/zone-record.ts'
import { QUIRKS } from './replication/quirks.ts'
import type { Quirk } from './replication/quirks.ts'
import { configuredParameter } from './ssm/parameter-record.ts'

export type { Quirk }

/** Settings that can change while the emulator runs. All in milliseconds. */
export interface EmulatorKnobs {
  /** How long every captured change waits before it is applied, as DMS takes seconds. */
  replicationDelayMs: number
  /** How late a CloudWatch point becomes visible. */
  metricDelayMs: number
  /** How often metrics are sampled. */
  metricPeriodMs: number
  /** How long a create, a modify, a connection test or a start takes to settle. */
  controlPlaneDelayMs: number
  /** How long a new DMS resource is missing from what describe calls return. */
  describeLagMs: number
}

export const defaultKnobs: EmulatorKnobs = {
  replicationDelayMs: 0,
  metricDelayMs: 60_000,
  metricPeriodMs: 60_000,
  controlPlaneDelayMs: 300,
  describeLagMs: 0,
}

const milliseconds = z.number().int().min(0)

export const knobsSchema = z.strictObject({
  replicationDelayMs: milliseconds.optional(),
  metricDelayMs: milliseconds.optional(),
  metricPeriodMs: milliseconds.min(10).optional(),
  controlPlaneDelayMs: milliseconds.optional(),
  describeLagMs: milliseconds.optional(),
})

/** Switches some of the quirks; an unknown name is an error. */
const quirksSchema = z.partialRecord(z.enum(Object.keys(QUIRKS) as [Quirk, ...Quirk[]]), z.boolean())

const applyStatus = z.enum([
  'in-sync',
  'applying',
  'pending-reboot',
  'failed-to-apply',
  'pending-database-upgrade',
])
const engine = z.enum(['postgres', 'aurora-postgresql'])
const tags = z.record(z.string(), z.string())
/** Constant values of CloudWatch metrics, by metric name. */
const metricConstants = z.record(z.string(), z.number())

const securityGroups = z.array(z.string()).default(['sg-0123456789abcdef0'])

/** A real server behind a configured one, started by somebody else: it can be cloned, and parameter groups act on it. */
const serverSchema = z.strictObject({
  superuserUrl: z.string(),
  dataFolder: z.string(),
  major: z.union([z.literal(13), z.literal(15), z.literal(17)]),
  /** For DescribeDBLogFiles. */
  logFile: z.string().optional(),
})

/** For DescribePendingMaintenanceActions. */
const pendingMaintenance = z
  .array(
    z.strictObject({
      action: z.string(),
      description: z.string().default(''),
      /** ISO 8601. */
      appliedAt: z.string().optional(),
    }),
  )
  .default([])
/** PendingModifiedValues, for example `{ DBInstanceClass: 'db.r6g.xlarge' }`. */
const pendingModifications = z.record(z.string(), z.string()).default({})

const instanceSchema = z.strictObject({
  identifier: z.string(),
  address: z.string(),
  port: z.number().int(),
  engine: engine.default('postgres'),
  engineVersion: z.string(),
  instanceClass: z.string().default('db.r6g.large'),
  status: z.string().default('available'),
  databaseName: z.string().optional(),
  masterUsername: z.string().default('postgres'),
  /** Names of `rds.parameterGroups`; without one, the engine's default group. */
  parameterGroups: z.array(z.string()).optional(),
  parameterApplyStatus: applyStatus.default('in-sync'),
  /** The cluster that this instance is a member of. */
  clusterIdentifier: z.string().optional(),
  allocatedStorageGib: z.number().int().default(100),
  maxAllocatedStorageGib: z.number().int().optional(),
  storageType: z.string().default('gp3'),
  storageEncrypted: z.boolean().default(true),
  multiAz: z.boolean().default(false),
  availabilityZone: z.string().optional(),
  backupRetentionPeriod: z.number().int().default(7),
  iamDatabaseAuthentication: z.boolean().default(false),
  publiclyAccessible: z.boolean().default(false),
  deletionProtection: z.boolean().default(true),
  readReplicas: z.array(z.string()).default([]),
  caCertificateIdentifier: z.string().default('rds-ca-rsa2048-g1'),
  /** ISO 8601. */
  certificateValidTill: z.string().default('2061-05-25T00:00:00Z'),
  pendingMaintenance,
  pendingModifications,
  tags: tags.optional(),
  /** Added to, and overriding, the constants that the emulator reports (for example FreeStorageSpace in bytes). */
  metrics: metricConstants.optional(),
  /** A role that may read the WAL's size (pg_monitor); with it TransactionLogsDiskUsage and OldestReplicationSlotLag are measured. */
  monitorUrl: z.string().optional(),
  securityGroups,
  subnetGroup: z.string().default('default'),
  /** A key's ARN; an encrypted server without one uses the account's default key, aws/rds, which cannot be shared. */
  kmsKeyId: z.string().optional(),
  /** For a member of a cluster the cluster has it. */
  server: serverSchema.optional(),
})

const clusterSchema = z.strictObject({
  identifier: z.string(),
  address: z.string(),
  readerAddress: z.string().optional(),
  port: z.number().int(),
  engine: engine.default('aurora-postgresql'),
  engineVersion: z.string(),
  engineMode: z.string().default('provisioned'),
  status: z.string().default('available'),
  databaseName: z.string().optional(),
  masterUsername: z.string().default('postgres'),
  parameterGroup: z.string().optional(),
  parameterApplyStatus: applyStatus.default('in-sync'),
  /** Identifiers of instances, the writer first. */
  members: z.array(z.string()).default([]),
  multiAz: z.boolean().default(false),
  storageEncrypted: z.boolean().default(true),
  backupRetentionPeriod: z.number().int().default(7),
  iamDatabaseAuthentication: z.boolean().default(false),
  deletionProtection: z.boolean().default(true),
  replicationSource: z.string().optional(),
  pendingMaintenance,
  pendingModifications,
  tags: tags.optional(),
  securityGroups,
  subnetGroup: z.string().default('default'),
  /** As of an instance. */
  kmsKeyId: z.string().optional(),
  server: serverSchema.optional(),
})

const parameterGroupSchema = z.strictObject({
  name: z.string(),
  /** For example postgres15 or aurora-postgresql17. */
  family: z.string(),
  kind: z.enum(['instance', 'cluster']),
  description: z.string().default('custom'),
  /** Values set by the user, over the engine's defaults. */
  parameters: z.record(z.string(), z.string()).default({}),
})

const replicationInstanceSchema = z.strictObject({
  identifier: z.string(),
  instanceClass: z.string().default('dms.t3.medium'),
  engineVersion: z.string().default('3.6.1'),
  allocatedStorageGib: z.number().int().default(50),
  multiAz: z.boolean().default(false),
  subnetGroup: z.string().default('default-vpc-emulated'),
  publiclyAccessible: z.boolean().default(false),
  tags: tags.optional(),
  metrics: metricConstants.optional(),
})

const credentialsSchema = z.strictObject({
  accessKeyId: z.string(),
  secretAccessKey: z.string().optional(),
  /** Allowed actions, such as `dms:Describe*`; absent means everything. */
  allow: z.array(z.string()).optional(),
})

const roleSchema = z.strictObject({ arn: z.string(), allow: z.array(z.string()).optional() })

const rdsSchema = z.strictObject({
  instances: z.array(instanceSchema).default([]),
  clusters: z.array(clusterSchema).default([]),
  parameterGroups: z.array(parameterGroupSchema).optional(),
})

/** By secret name; numbers stay numbers in the secret's JSON, as RDS writes the port. */
const secretsSchema = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))

const accountNumber = z.string().regex(/^\d{12}$/)

/** As DescribeAccountAttributes of DMS names them. */
const dmsQuota = z.enum(['ReplicationInstances', 'AllocatedStorage', 'Endpoints', 'ReplicationTasks'])

/** What an account and region may have whatever else it has. */
const holdings = {
  /** Quotas of DMS that are not the default ones. */
  dmsQuotas: z.partialRecord(dmsQuota, z.number().int().min(0)).optional(),
  /** Ids of the VPCs of subnet groups, of RDS or DMS, by their name; all others lie in one VPC. */
  vpcs: z.record(z.string(), z.string()).optional(),
  /** Access keys that are known; with none, every access key is accepted and may do everything. */
  credentials: z.array(credentialsSchema).optional(),
  /** Roles that STS lets anyone assume; with none, every role may be assumed. */
  roles: z.array(roleSchema).optional(),
  /** For EC2; without any, one that lets nobody in. */
  securityGroups: z.array(securityGroupSchema).optional(),
  /** For KMS, beside `aws/rds`, which every account has. */
  keys: z.array(keySchema).optional(),
  /** Resource shares that this account has made with RAM; used for the first start only. */
  shares: z.array(shareSchema).optional(),
  /** Parameters of SSM by name; used for the first start only, as the zones are. */
  parameters: z.record(z.string(), configuredParameter).optional(),
  /** For Route 53. */
  hostedZones: z.array(configuredZone).optional(),
}

/** Another account, or another region of one. Its access keys must be listed, or be got by AssumeRole. */
const accountSchema = z.strictObject({
  account: accountNumber,
  /** That of the main account where it is left out. */
  region: z.string().optional(),
  rds: rdsSchema.default({ instances: [], clusters: [] }),
  secrets: secretsSchema.default({}),
  replicationInstances: z.array(replicationInstanceSchema).default([]),
  ...holdings,
})

export const configSchema = z.strictObject({
  account: accountNumber,
  region: z.string(),
  knobs: knobsSchema.optional(),
  quirks: quirksSchema.optional(),
  rds: rdsSchema,
  secrets: secretsSchema,
  replicationInstances: z.array(replicationInstanceSchema),
  ...holdings,
  /** Further accounts and regions, beside the main one. */
  accounts: z.array(accountSchema).optional(),
})

export type EmulatedInstance = z.input<typeof instanceSchema>
export type EmulatedCluster = z.input<typeof clusterSchema>
export type EmulatedParameterGroup = z.input<typeof parameterGroupSchema>
export type EmulatedReplicationInstance = z.input<typeof replicationInstanceSchema>
export type EmulatedCredentials = z.input<typeof credentialsSchema>
export type EmulatedAccount = z.input<typeof accountSchema>
/** What a caller writes: everything with a default may be left out. */
export type EmulatorConfig = z.input<typeof configSchema>
/** The same with every default filled in. */
export type CompleteConfig = z.output<typeof configSchema>
export type CompleteInstance = z.output<typeof instanceSchema>
export type CompleteCluster = z.output<typeof clusterSchema>
export type CompleteServer = z.output<typeof serverSchema>
export type CompleteParameterGroup = z.output<typeof parameterGroupSchema>
export type CompleteReplicationInstance = z.output<typeof replicationInstanceSchema>

/** Throws an Error that lists every problem with its path. */
export function parseConfig(document: unknown): CompleteConfig {
  const parsed = configSchema.safeParse(document)
  if (!parsed.success)
    throw new Error(`the emulator's configuration is wrong:\n${z.prettifyError(parsed.error)}`)
  return parsed.data
}
