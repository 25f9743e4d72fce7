import type { AccessFacts, DatabaseRole } from './access-facts.ts'
import type { Fact } from './known-fact.ts'
import type { ParityFacts } from './parity-facts.ts'
import type { ServerState, ServerStateFacts } from './server-state-facts.ts'
import type { StructureFacts } from './structure-facts.ts'

// Literals for the tests of the checks, beside clean-facts.ts: a side with nothing wrong beyond its catalogue.

const known = <T>(value: T): Fact<T> => ({ known: true, value })

/** A login role without any right of its own. */
export function databaseRole(name: string, more: Partial<DatabaseRole> = {}): DatabaseRole {
  return {
    name,
    canLogin: true,
    superuser: false,
    replication: false,
    createRole: false,
    createDb: false,
    bypassRls: false,
    connectionLimit: -1,
    expired: false,
    memberOf: [],
    ...more,
  }
}

export const cleanState: ServerState = {
  pendingRestart: [],
  sessionEncrypted: true,
  defaults: {
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    bytea_output: 'hex',
    search_path: '"$user", public',
    ssl: 'on',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    synchronous_commit: 'on',
    track_counts: 'on',
    autovacuum_freeze_max_age: '200000000',
    max_connections: '100',
  },
  slots: [],
  standbys: 0,
  availableExtensions: ['hstore', 'pg_stat_statements', 'plpgsql'],
  countersAgeDays: null,
  oldestXidAge: 1000,
  oldestTableXidAge: 1000,
  oldestTable: 'shop.orders',
}

/** What is read beyond the catalogue of a side with nothing wrong. */
export function cleanBeyondCatalogue(
  side: 'source' | 'target',
): AccessFacts & ServerStateFacts & StructureFacts & ParityFacts {
  const dmsUser = side === 'source' ? 'dms_source' : 'dms_target'
  return {
    databaseRoles: known([
      databaseRole(dmsUser, { replication: side === 'source' }),
      databaseRole(`dms_reverse_${side}`, { replication: side === 'target' }),
      databaseRole('migrator', {
        memberOf: [dmsUser, `dms_reverse_${side}`, 'shop_app', 'shop_owner'],
      }),
      databaseRole('shop_app'),
      databaseRole('shop_owner', { canLogin: false }),
    ]),
    roleSettings: known([]),
    writers: known([
      { role: 'migrator', tables: 1, owns: 1, writesAllData: false },
      { role: 'shop_app', tables: 1, owns: 0, writesAllData: false },
    ]),
    definers: known([]),
    foreignServers: known([]),
    cronJobs: known([]),
    workers: known([]),
    dmsSessions: known({ count: 0, addresses: 0, applications: [] }),
    otherTables: known([]),
    state: known(cleanState),
    walRate: known({ bytes: '300000', seconds: 3, average: null }),
    hbaRules: known(undefined),
    expressionKeys: known([]),
    columnSequences: known([]),
    outsideReferences: known([]),
    sampled: known({ columns: [], unseen: [] }),
    fenced: known([]),
    databaseObjects: known([]),
    grants: known([{ object: 'table shop.orders', grants: ['shop_app: DELETE, INSERT, SELECT, UPDATE'] }]),
    extensionVersions: known([{ name: 'plpgsql', version: '1.0' }]),
    collations: known({
      provider: 'libc',
      collate: 'C',
      ctype: 'C',
      locale: null,
      recorded: null,
      actual: null,
      columns: {},
    }),
  }
}
