import type {
  Catalogue,
  CatalogueColumn,
  CatalogueIndex,
  CatalogueTable,
} from '../migration/catalogue-model.ts'
import type { Migration } from '../migration/schema.ts'
import { parseMigration } from '../migration/migration-file.ts'
import { cleanBeyondCatalogue } from './clean-side-facts.ts'
import type { PreflightFacts, RoleFacts, ServerFacts, SideFacts } from './facts.ts'
import type { ReplicationInstanceFacts } from './dms-facts.ts'
import type { GitHubFacts } from './github-facts.ts'
import type { Fact } from './known-fact.ts'

// Literals for the tests of the checks: two databases with nothing wrong, and small ways to spoil them.

/** Every part of it may be replaced by a spoiled copy. */
export type Spoiled<T> = { -readonly [K in keyof T]: T[K] }

export function known<T>(value: T): Fact<T> {
  return { known: true, value }
}

export function column(
  name: string,
  baseType = 'bigint',
  more: Partial<CatalogueColumn> = {},
): CatalogueColumn {
  return {
    name,
    type: baseType,
    baseType,
    typeKind: 'b',
    isArray: false,
    typeModifier: -1,
    notNull: false,
    identity: '',
    generated: '',
    default: null,
    ...more,
  }
}

export function index(
  name: string,
  columns: readonly (string | null)[],
  more: Partial<CatalogueIndex> = {},
): CatalogueIndex {
  return {
    name,
    isPrimary: false,
    isUnique: true,
    isReplicaIdentity: false,
    isImmediate: true,
    isValid: true,
    isPartial: false,
    columns,
    ...more,
  }
}

export function relation(name: string, more: Partial<CatalogueTable> = {}): CatalogueTable {
  return {
    oid: name,
    schema: 'shop',
    table: name,
    kind: 'r',
    persistence: 'p',
    replicaIdentity: 'd',
    isPartition: false,
    rowSecurity: false,
    forceRowSecurity: false,
    owner: 'shop_owner',
    parentOids: [],
    ofExtension: false,
    columns: [column('id', 'int8', { notNull: true })],
    indexes: [index(`${name}_pkey`, ['id'], { isPrimary: true })],
    constraints: [],
    triggers: [],
    ...more,
  }
}

export function catalogue(planned: readonly CatalogueTable[], more: Partial<Catalogue> = {}): Catalogue {
  return { planned, parents: [], left: [], sequences: [], schemas: ['shop'], ...more }
}

export const cleanServer: ServerFacts = {
  versionNumber: 150_018,
  database: 'shop',
  databaseOwner: 'shop_owner',
  inRecovery: false,
  systemIdentifier: '1',
  encoding: 'UTF8',
  collation: 'C',
  settings: {
    wal_level: 'logical',
    max_replication_slots: '20',
    max_wal_senders: '20',
    wal_sender_timeout: '60000',
    max_slot_wal_keep_size: '-1',
    fsync: 'on',
    max_locks_per_transaction: '64',
    max_connections: '100',
    max_prepared_transactions: '0',
  },
  slots: [],
  walSenders: 0,
}

/** What is said of a side whose file names no RDS server. */
export const noRds = {
  rds: known(undefined),
  parameters: known(undefined),
  maintenance: known(undefined),
  freeStorage: known(undefined),
  alarms: known(undefined),
  openRules: known(undefined),
}

function cleanSide(side: 'source' | 'target'): SideFacts {
  const role = {
    exists: true,
    canLogin: true,
    superuser: false,
    replication: false,
    bypassRls: false,
    memberOf: [],
  }
  return {
    address: { host: side, port: 5432 },
    server: known({
      ...cleanServer,
      ...(side === 'target' ? { versionNumber: 170_010, systemIdentifier: '2' } : {}),
    }),
    objects: known({
      extensions: ['plpgsql'],
      eventTriggers: [],
      largeObjects: '0',
      subscriptions: [],
      dmsRelations: [],
    }),
    activity: known({ transactions: [], prepared: [], sessions: [] }),
    roles: known([
      { ...role, name: side === 'source' ? 'dms_source' : 'dms_target', replication: side === 'source' },
      { ...role, name: 'migrator' },
      { ...role, name: 'shop_app' },
    ]),
    loginRights: known({
      login: 'migrator',
      superuser: false,
      monitor: true,
      signal: true,
      createOnDatabase: true,
      ownersOutOfReach: [],
      applicationRolesOutOfReach: [],
      createRole: true,
      adminOfDmsUser: side === 'target',
      readsDmsTables: true,
    }),
    dmsRights: known({ tables: [], schemas: [], mayConnect: true, maySetReplicationRole: true }),
    reverse: known({
      user: `dms_reverse_${side}`,
      rights: { tables: [], schemas: [], mayConnect: true, maySetReplicationRole: side === 'source' },
      administered: true,
    }),
    sequences: known([]),
    statistics: known([]),
    rules: known([]),
    migrations: known([]),
    ...noRds,
    ...cleanBeyondCatalogue(side),
  }
}

export const testMigration: Migration = parseMigration(
  `name: shop
source: { secret: a }
target: { secret: b }
dms:
  replication-instance: ri
  source: { secret: c, access-role: 'arn:aws:iam::000000000000:role/dms' }
  target: { secret: d, access-role: 'arn:aws:iam::000000000000:role/dms' }
  reverse: { source: { secret: e }, target: { secret: f } }
tables: { include: ['shop.%'] }
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }] }
`,
  'shop.yml',
)

export const cleanGitHub: GitHubFacts = {
  workflow: {
    path: '.github/workflows/migrate.yml',
    topPermissions: 'none',
    concurrency: 'waits',
    jobsInEnvironment: ['cutover'],
    cutoverJobs: ['cutover'],
    asksForApproval: true,
  },
  environment: {
    exists: true,
    reviewers: 1,
    preventsSelfReview: true,
    adminsMayBypass: false,
    anyBranch: false,
  },
}

export const cleanReplicationInstance: ReplicationInstanceFacts = {
  identifier: 'ri',
  status: 'available',
  engineVersion: '3.6.1',
  class: 'dms.r6i.large',
  storageGb: 100,
  multiAz: true,
  vpc: 'vpc-1',
}

/** Facts of two databases with one table and nothing wrong. */
export function cleanFacts(): Spoiled<PreflightFacts> {
  const tables = [relation('orders')]
  return {
    migration: testMigration,
    now: new Date('2026-06-01T12:00:00Z'),
    users: {
      source: 'migrator',
      target: 'migrator',
      dmsSource: 'dms_source',
      dmsTarget: 'dms_target',
      reverseSource: 'dms_reverse_source',
      reverseTarget: 'dms_reverse_target',
    },
    source: { ...cleanSide('source'), catalogue: known({ ...catalogue(tables), fingerprint: 'f' }) },
    target: { ...cleanSide('target'), catalogue: known(catalogue(tables)), filled: known([]) },
    lobs: known([]),
    varchars: known([]),
    tasks: known(1),
    dmsPasswords: {
      source: known(true),
      target: known(true),
      reverseSource: known(true),
      reverseTarget: known(true),
    },
    switchLogins: [{ secret: 'shop/app', login: known({ user: 'shop_app', outcome: 'accepted' }) }],
    switchTargets: [{ kind: 'secret', name: 'shop/app', found: known({ unfit: null }) }],
    dms: {
      instances: known([cleanReplicationInstance]),
      quotas: known([
        { name: 'ReplicationInstances', used: 1, most: 60 },
        { name: 'AllocatedStorage', used: 100, most: 30_000 },
        { name: 'ReplicationTasks', used: 0, most: 600 },
        { name: 'Endpoints', used: 0, most: 1000 },
      ]),
      taken: known([]),
      classes: known(undefined),
    },
    github: known(cleanGitHub),
    copy: known(undefined),
  }
}

type Side = 'source' | 'target'
type Value<F> = F extends Fact<infer T> ? T : never

/** Facts in which one fact of a side has other values in some of its fields. */
export function spoil<K extends 'server' | 'objects' | 'activity' | 'loginRights' | 'dmsRights'>(
  side: Side,
  fact: K,
  change: Partial<Value<SideFacts[K]>>,
): PreflightFacts {
  const facts = cleanFacts()
  const old = facts[side][fact]
  const fresh = old.known ? known({ ...old.value, ...change }) : old
  return side === 'source'
    ? { ...facts, source: { ...facts.source, [fact]: fresh } }
    : { ...facts, target: { ...facts.target, [fact]: fresh } }
}

/** Facts in which a setting of a server is another. */
export function setting(side: Side, name: string, value: string): PreflightFacts {
  return spoil(side, 'server', { settings: { ...cleanServer.settings, [name]: value } })
}

/** Facts in which a fact of a side is replaced. */
export function replace(side: Side, change: Partial<SideFacts>): PreflightFacts {
  const facts = cleanFacts()
  return side === 'source'
    ? { ...facts, source: { ...facts.source, ...change } }
    : { ...facts, target: { ...facts.target, ...change } }
}

/** Facts in which both sides, or each its own, have these tables. */
export function withTables(
  source: readonly CatalogueTable[],
  target: readonly CatalogueTable[] = source,
  more: Partial<Catalogue> = {},
  targetMore: Partial<Catalogue> = more,
): Spoiled<PreflightFacts> {
  const facts = cleanFacts()
  return {
    ...facts,
    source: { ...facts.source, catalogue: known({ ...catalogue(source, more), fingerprint: 'f' }) },
    target: { ...facts.target, catalogue: known(catalogue(target, targetMore)) },
  }
}

/** Facts in which one role of a side has other properties. */
export function role(side: Side, name: string, change: Partial<RoleFacts>): PreflightFacts {
  const facts = cleanFacts()
  const roles = facts[side].roles
  return replace(side, {
    roles: roles.known
      ? known(roles.value.map((one) => (one.name === name ? { ...one, ...change } : one)))
      : roles,
  })
}
