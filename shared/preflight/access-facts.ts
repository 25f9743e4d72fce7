import type { TableName } from '../migration/plan.ts'
import type { Fact } from './known-fact.ts'

/** A role as pg_roles has it; those that PostgreSQL itself makes (pg_…) are left out. */
export interface DatabaseRole {
  readonly name: string
  readonly canLogin: boolean
  readonly superuser: boolean
  readonly replication: boolean
  readonly createRole: boolean
  readonly createDb: boolean
  readonly bypassRls: boolean
  /** -1 without a limit. */
  readonly connectionLimit: number
  /** Its password has a last day, and that is over. */
  readonly expired: boolean
  /** Every role that it is a member of, directly or through others. */
  readonly memberOf: readonly string[]
}

/** One line of `ALTER DATABASE … SET`, `ALTER ROLE … SET` or both together. */
export interface RoleSetting {
  /** True where it holds in this database only. */
  readonly inDatabase: boolean
  /** Null where it holds for every role. */
  readonly role: string | null
  readonly name: string
  /** A hash for settings of the application's own (`app.token`): they may hold secrets. */
  readonly value: string
}

/** A login that could write planned tables, by whatever way. Superusers are left out. */
export interface TableWriter {
  readonly role: string
  readonly tables: number
  /** Owns some of them, itself or through a role. */
  readonly owns: number
  /** Member of pg_write_all_data: no REVOKE on a table reaches it. */
  readonly writesAllData: boolean
}

/** A function that runs with its owner's rights or sets something that a fence stands on. */
export interface DefinerFunction {
  /** With schema and argument types. */
  readonly function: string
  readonly owner: string
  /** Runs with the owner's rights. */
  readonly definer: boolean
  /** Its text has INSERT, UPDATE, DELETE, TRUNCATE, MERGE, COPY or EXECUTE; always true for other languages than SQL and PL/pgSQL. */
  readonly writes: boolean
  /** Names of what its own SET clauses set. */
  readonly sets: readonly string[]
  /** Login roles, no superusers, that may call it. */
  readonly callers: readonly string[]
}

/** A server that this one reaches by postgres_fdw, dblink or another wrapper. */
export interface ForeignServer {
  readonly name: string
  readonly wrapper: string
  readonly users: readonly string[]
}

/** A job of pg_cron that runs in this database. */
export interface CronJob {
  readonly job: string
  readonly schedule: string
  readonly role: string
}

/** A process of the server that is no client and none of PostgreSQL's own. */
export interface BackgroundWorker {
  readonly kind: string
  readonly role: string | null
  readonly count: number
}

/** Who is logged in as DMS's user. Addresses are counted, never named. */
export interface DmsUserSessions {
  readonly applications: readonly string[]
  readonly count: number
  readonly addresses: number
}

/** A table outside the migration that is written to; counters as text. */
export interface OtherTable extends TableName {
  readonly changes: string
}

/** Who could write, and in what way. */
export interface AccessFacts {
  readonly databaseRoles: Fact<readonly DatabaseRole[]>
  readonly roleSettings: Fact<readonly RoleSetting[]>
  readonly writers: Fact<readonly TableWriter[]>
  readonly definers: Fact<readonly DefinerFunction[]>
  readonly foreignServers: Fact<readonly ForeignServer[]>
  readonly cronJobs: Fact<readonly CronJob[]>
  readonly workers: Fact<readonly BackgroundWorker[]>
  readonly dmsSessions: Fact<DmsUserSessions>
  readonly otherTables: Fact<readonly OtherTable[]>
}
