/** An RDS instance or Aurora cluster as the API tells it. */
export interface RdsServer {
  readonly kind: 'instance' | 'cluster'
  readonly identifier: string
  /** As the API writes it: `available`, `modifying`, … */
  readonly status: string
  readonly engine: string
  readonly engineVersion: string
  /** Writer endpoint; empty while the server is being made. */
  readonly address: string
  readonly port: number
  /** Instance class of it or of its writer; empty for a cluster without a writer. */
  readonly instanceClass: string
  /** More than one Availability Zone: a standby, or members in several. */
  readonly multiAz: boolean
  /** GiB; undefined for Aurora, whose volume grows by itself. */
  readonly storage:
    { readonly allocatedGib: number; readonly autoscalesToGib: number | undefined } | undefined
  readonly encrypted: boolean
  readonly kmsKey: string | undefined
  /** The instance, or any member of the cluster. */
  readonly publiclyAccessible: boolean
  readonly deletionProtection: boolean
  readonly backupRetentionDays: number
  /** Up to where point-in-time recovery reaches now; undefined where there is no backup yet. */
  readonly latestRestorable: Date | undefined
  /** `in-sync`, `applying`, `pending-reboot`, … for each group of it and, for a cluster, of its writer. */
  readonly parameterGroups: readonly ParameterGroup[]
  /** Names of what is to be changed in the next window or reboot, such as `EngineVersion`. */
  readonly pendingModifications: readonly string[]
  /** For example `sun:03:00-sun:03:30`, UTC; empty where AWS named none. */
  readonly maintenanceWindow: string
  readonly minorUpgrades: boolean
  /** Certificates of the server's instances. */
  readonly certificates: readonly {
    readonly instance: string
    readonly authority: string
    readonly validTill: Date | undefined
  }[]
  /** Instances that only read: members beside the writer, or read replicas of an instance. */
  readonly readers: readonly string[]
  readonly readerEndpoint: string
  readonly securityGroups: readonly string[]
  readonly vpc: string
  readonly arn: string
}

export interface ParameterGroup {
  readonly name: string
  readonly kind: 'instance' | 'cluster'
  readonly applyStatus: string
}

/** A parameter that somebody has set in a parameter group. */
export interface RdsParameter {
  readonly group: string
  readonly name: string
  readonly value: string
}

/** Storage that an RDS instance has left, WAL included; Aurora's volume grows by itself. Bytes, as text. */
export interface FreeStorage {
  readonly bytes: string
  /** What storage autoscaling may still add. */
  readonly growthBytes: string
}

/** An alarm of CloudWatch on a metric of a server. */
export interface MetricAlarm {
  readonly name: string
  readonly metric: string
}

/** A rule of a security group that lets the whole internet reach the server's port. */
export interface OpenRule {
  readonly group: string
  readonly range: string
}

/** Maintenance that AWS has announced for a server. */
export interface PendingMaintenance {
  /** `system-update`, `db-upgrade`, `ca-certificate-rotation`, … */
  readonly action: string
  readonly description: string
  /** When it is applied whatever happens; undefined where nobody is forced. */
  readonly appliedAt: Date | undefined
}
