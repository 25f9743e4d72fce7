import type { Catalogue } from '../migration/catalogue-model.ts'
import type { TableName } from '../migration/plan.ts'
import type { SideFacts, SideOutside } from './facts.ts'
import type { Fact } from './known-fact.ts'

const later = {
  known: false,
  reason: 'the target is made by prepare-target; run preflight again then',
  notYet: true,
} as const satisfies Fact<never>

/** A fact of a target whose server an action makes later: nothing to judge yet. */
export const laterFact: Fact<never> = later

/** What only the schema of the target can tell, where an action makes it (`schema` of the migration file). */
export const laterSchema: Fact<never> = {
  known: false,
  reason: 'the schema of the target is made by prepare-target; run preflight again then',
  notYet: true,
}

/** What is read outside the database, of a target that is made later. */
export const laterOutside: SideOutside = {
  address: { host: '', port: 0 },
  rds: later,
  parameters: later,
  maintenance: later,
  freeStorage: later,
  alarms: later,
  openRules: later,
}

/** All facts of a target that is made later. */
export const laterTarget: SideFacts & {
  readonly catalogue: Fact<Catalogue>
  readonly filled: Fact<readonly TableName[]>
} = {
  ...laterOutside,
  catalogue: later,
  filled: later,
  server: later,
  objects: later,
  activity: later,
  roles: later,
  loginRights: later,
  dmsRights: later,
  reverse: later,
  sequences: later,
  statistics: later,
  rules: later,
  migrations: later,
  databaseRoles: later,
  roleSettings: later,
  writers: later,
  definers: later,
  foreignServers: later,
  cronJobs: later,
  workers: later,
  dmsSessions: later,
  otherTables: later,
  state: later,
  walRate: later,
  hbaRules: later,
  expressionKeys: later,
  columnSequences: later,
  outsideReferences: later,
  sampled: later,
  fenced: later,
  databaseObjects: later,
  grants: later,
  extensionVersions: later,
  collations: later,
}
