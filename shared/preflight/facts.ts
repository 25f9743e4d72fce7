import type { Catalogue, SourceCatalogue } from '../migration/catalogue-model.ts'
import type { LobMaximum } from '../migration/lob-columns.ts'
import type { TableName } from '../migration/plan.ts'
import type { Migration } from '../migration/schema.ts'
import type { AccessFacts } from './access-facts.ts'
import type { CredentialFacts } from './credential-facts.ts'
import type { DmsQuota, ReplicationInstanceFacts, TakenName } from './dms-facts.ts'
import type { CopyFacts } from './copy-facts.ts'
import type { GitHubFacts } from './github-facts.ts'
import type { Fact } from './known-fact.ts'
import type { ParityFacts } from './parity-facts.ts'
import type {
  FreeStorage,
  MetricAlarm,
  OpenRule,
  PendingMaintenance,
  RdsParameter,
  RdsServer,
} from './rds-facts.ts'
import type { ServerStateFacts } from './server-state-facts.ts'
import type { StructureFacts } from './structure-facts.ts'

/** A server as its own views tell it. Numbers that may pass 2^53 are text. */
export interface ServerFacts {
  /** server_version_num, for example 150018. */
  readonly versionNumber: number
  readonly database: string
  readonly databaseOwner: string
  readonly inRecovery: boolean
  readonly systemIdentifier: string
  readonly encoding: string
  readonly collation: string
  /** pg_settings.setting in its own unit (wal_sender_timeout in ms, max_slot_wal_keep_size in MB). */
  readonly settings: Readonly<Record<string, string | undefined>>
  readonly slots: readonly {
    readonly name: string
    readonly plugin: string | null
    readonly database: string | null
    readonly active: boolean
    readonly retainedBytes: string | null
  }[]
  readonly walSenders: number
}

/** Objects of the database that are not tables. */
export interface DatabaseObjects {
  readonly extensions: readonly string[]
  readonly eventTriggers: readonly { readonly name: string; readonly enabled: string }[]
  readonly largeObjects: string
  /** Subscriptions of this database: foreign changes are applied to it. */
  readonly subscriptions: readonly string[]
  /** What earlier DMS tasks left: relations named awsdms_*. */
  readonly dmsRelations: readonly string[]
}

export interface ActivityFacts {
  readonly transactions: readonly {
    readonly pid: number
    readonly role: string
    readonly application: string
    readonly seconds: number
  }[]
  readonly prepared: readonly { readonly name: string; readonly owner: string; readonly seconds: number }[]
  /** Clients of this database but ours and superusers. */
  readonly sessions: readonly {
    readonly role: string
    readonly application: string
    readonly count: number
  }[]
}

export interface RoleFacts {
  readonly name: string
  readonly exists: boolean
  readonly canLogin: boolean
  readonly superuser: boolean
  readonly replication: boolean
  readonly bypassRls: boolean
  /** Every role that it is a member of, directly or through others. */
  readonly memberOf: readonly string[]
}

/** What the migration's own login may do on one side. */
export interface LoginRights {
  readonly login: string
  readonly superuser: boolean
  readonly monitor: boolean
  readonly signal: boolean
  readonly createOnDatabase: boolean
  /** Owners of planned tables or of the database whose rights it does not have. */
  readonly ownersOutOfReach: readonly string[]
  /** Application roles that it cannot become. */
  readonly applicationRolesOutOfReach: readonly string[]
  readonly createRole: boolean
  /** Holds ADMIN OPTION on DMS's user. */
  readonly adminOfDmsUser: boolean
  /** Can read the control tables that DMS's user makes. */
  readonly readsDmsTables: boolean
}

/** What DMS's user lacks on one side. */
export interface DmsRights {
  readonly tables: readonly (TableName & {
    readonly missing: readonly string[]
    /** Where SELECT is granted on some columns only: those that cannot be read. */
    readonly columns?: readonly string[]
  })[]
  readonly schemas: readonly { readonly schema: string; readonly missing: readonly string[] }[]
  readonly mayConnect: boolean
  readonly maySetReplicationRole: boolean
}

/** What was read of DMS's user of the way back on one side, beside what all roles tell. */
export interface ReverseFacts {
  readonly user: string
  /** What it lacks for what it does here after a cutover: it writes the source and reads the target. */
  readonly rights: DmsRights
  /** The migration's own login holds ADMIN OPTION on it. */
  readonly administered: boolean
}

export interface TableStatistic extends TableName {
  readonly bytes: string
  readonly rows: string
  /** Counted by PostgreSQL since its statistics were last reset. */
  readonly inserted: string
  readonly updated: string
  readonly deleted: string
  /** For how long it has counted; null or left out where that is not known. */
  readonly countedSeconds?: string | null
}

export interface SequencePosition {
  readonly schema: string
  readonly sequence: string
  /** Null where it was never used. */
  readonly lastValue: string | null
  readonly readable: boolean
}

export interface RuleFacts extends TableName {
  readonly rule: string
  /** `O` origin and local, `R` replica, `A` always, `D` disabled. */
  readonly enabled: string
}

/** A migration that a side's control schema knows of. */
export interface KnownMigration {
  readonly migration: string
  readonly phase: string
  readonly prepared: boolean
}

/** What is read of a side outside its database. An undefined value: the migration file names no RDS server. */
export interface SideOutside {
  /** Host and port that the login uses; compared, never printed. */
  readonly address: { readonly host: string; readonly port: number }
  readonly rds: Fact<RdsServer | undefined>
  /** What somebody has set in the parameter groups. */
  readonly parameters: Fact<readonly RdsParameter[] | undefined>
  readonly maintenance: Fact<readonly PendingMaintenance[] | undefined>
  /** Undefined for Aurora too, whose volume grows by itself. */
  readonly freeStorage: Fact<FreeStorage | undefined>
  readonly alarms: Fact<readonly MetricAlarm[] | undefined>
  /** Rules of the security groups that let the whole internet reach the port. */
  readonly openRules: Fact<readonly OpenRule[] | undefined>
}

export interface SideFacts extends SideOutside, AccessFacts, ServerStateFacts, StructureFacts, ParityFacts {
  readonly server: Fact<ServerFacts>
  readonly objects: Fact<DatabaseObjects>
  readonly activity: Fact<ActivityFacts>
  readonly roles: Fact<readonly RoleFacts[]>
  readonly loginRights: Fact<LoginRights>
  readonly dmsRights: Fact<DmsRights>
  /** Undefined where the migration file names no login for a way back. */
  readonly reverse: Fact<ReverseFacts | undefined>
  readonly sequences: Fact<readonly SequencePosition[]>
  readonly statistics: Fact<readonly TableStatistic[]>
  readonly rules: Fact<readonly RuleFacts[]>
  readonly migrations: Fact<readonly KnownMigration[]>
}

/** Everything that preflight judges. */
/** Something by which clients find their database, as it is now. */
export interface SwitchTarget {
  readonly kind: 'secret' | 'parameter' | 'record' | 'pooler'
  readonly name: string
  readonly found: Fact<{
    /** Why no address can be written into it, or no client be held by it; null where that can be. */
    readonly unfit: string | null
    /** What to do about that, where it is not to be said for all of its kind. */
    readonly remedy?: string | undefined
    /** Of a record, in seconds. */
    readonly ttl?: number | undefined
  }>
}

export interface PreflightFacts extends CredentialFacts {
  readonly migration: Migration
  /** When preflight ran. */
  readonly now: Date
  /** Role names. */
  readonly users: {
    readonly source: string
    readonly target: string
    readonly dmsSource: string
    readonly dmsTarget: string
    /** DMS's users of the way back, where the migration file names them; of a target to come also where they could be read. */
    readonly reverseSource?: string | undefined
    readonly reverseTarget?: string | undefined
  }
  readonly source: SideFacts & { readonly catalogue: Fact<SourceCatalogue> }
  readonly target: SideFacts & {
    readonly catalogue: Fact<Catalogue>
    /** Planned tables that hold rows. */
    readonly filled: Fact<readonly TableName[]>
  }
  readonly lobs: Fact<readonly LobMaximum[]>
  /** Largest values, in bytes, of varchar columns without a length. */
  readonly varchars: Fact<readonly LobMaximum[]>
  /** Replication tasks of the plan. */
  readonly tasks: Fact<number>
  /** The secrets, parameters and records that the switch rewrites. */
  readonly switchTargets: readonly SwitchTarget[]
  readonly dms: {
    /** Those that the file names; empty where create-task makes one, and for DMS Serverless. */
    readonly instances: Fact<readonly ReplicationInstanceFacts[]>
    readonly quotas: Fact<readonly DmsQuota[]>
    /** What bears a name that this migration gives. */
    readonly taken: Fact<readonly TakenName[]>
    /** Classes that the region offers; undefined where no instance is to be made. */
    readonly classes: Fact<readonly string[] | undefined>
  }
  /** Undefined value: no copy crosses from one account to another. */
  readonly copy: Fact<CopyFacts | undefined>
  /** Undefined value: preflight does not run in a workflow of GitHub. */
  readonly github: Fact<GitHubFacts | undefined>
}
