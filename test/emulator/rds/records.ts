import type { CompleteCluster, CompleteInstance, CompleteParameterGroup } from '../config.ts'
import type { VolumeRecord } from './volumes.ts'

/** Where the data of something that is being made comes from; kept, so that a restart can begin again. */
export type DataOrigin =
  | { kind: 'copy-of-instance' | 'copy-of-cluster'; arn: string }
  | { kind: 'snapshot'; volume: string }
  | { kind: 'standby-of-instance'; arn: string; slot: string }

interface Made {
  /** ISO 8601 */
  createdAt: string
  tags: Record<string, string>
  /** The storage; absent where the emulator has no data of it. */
  volume?: VolumeRecord
  /** While it is being made. */
  origin?: DataOrigin
  /** PostgreSQL's settings that parameter groups have set on its server, and that go back when a group no longer says so. */
  settingsSet?: string[]
}

/** An instance as it is now. `parameterApplyStatus` belongs to its own group. */
export interface InstanceRecord extends Omit<CompleteInstance, 'tags'>, Made {
  readReplicaClusters: string[]
}

/** A cluster as it is now. `parameterApplyStatus` belongs to its group, on each member. */
export interface ClusterRecord extends Omit<CompleteCluster, 'tags'>, Made {
  cloneGroupId?: string
}

/** A snapshot of an instance or of a cluster; `source` is what it was taken of, as it was then. */
export interface SnapshotRecord extends Made {
  kind: 'instance' | 'cluster'
  identifier: string
  status: string
  source: InstanceRecord | ClusterRecord
  storageEncrypted: boolean
  kmsKeyId?: string
  /** Accounts that may restore it; `all` for everyone. */
  sharedWith: string[]
  /** The ARN of the snapshot that this one is a copy of. */
  copyOf?: string
}

export interface ParameterGroupRecord extends CompleteParameterGroup {
  tags: Record<string, string>
}

/** All of RDS in one account and region. */
export interface RdsState {
  instances: InstanceRecord[]
  clusters: ClusterRecord[]
  snapshots: SnapshotRecord[]
  parameterGroups: ParameterGroupRecord[]
  /** What was deleted of the configuration does not come back at the next start. */
  deleted: string[]
}
