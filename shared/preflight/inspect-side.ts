import type { Catalogue } from '../migration/catalogue-model.ts'
import type { Migration } from '../migration/schema.ts'
import {
  readBackgroundWorkers,
  readCronJobs,
  readDatabaseRoles,
  readDefinerFunctions,
  readDmsSessions,
  readForeignServers,
  readOtherTables,
  readRoleSettings,
  readTableWriters,
} from '../postgres/access.ts'
import { readCollations, readExtensionVersions, readGrants, readObjects } from '../postgres/parity.ts'
import { endWalRate, readHbaRules, readServerState, startWalRate } from '../postgres/server-state.ts'
import type { Session } from '../postgres/session.ts'
import {
  readColumnSequences,
  readExpressionKeys,
  readFencedTables,
  readOutsideReferences,
  readSampledValues,
} from '../postgres/structure.ts'
import type { AccessFacts } from './access-facts.ts'
import type { ServerFacts } from './facts.ts'
import { knownFact, type Fact } from './known-fact.ts'
import { observe } from './observe.ts'
import type { ParityFacts } from './parity-facts.ts'
import type { ServerStateFacts } from './server-state-facts.ts'
import type { StructureFacts } from './structure-facts.ts'

/**
 * What a side tells beyond its catalogue: who could write, the server's state, values, and all that is no row. About
 * twenty-five statements, whatever the number of tables; it waits until WAL was measured for a second, or three.
 */
export async function inspectBeyondCatalogue(
  session: Session,
  side: 'source' | 'target',
  given: {
    readonly migration: Migration
    readonly login: string
    readonly dmsUser: string
    readonly server: Fact<ServerFacts>
    readonly catalogue: Fact<Catalogue>
  },
): Promise<AccessFacts & ServerStateFacts & StructureFacts & ParityFacts> {
  const walStart = await observe(() => startWalRate(session))
  const planned = () => knownFact(given.catalogue).planned.map(({ oid }) => oid)
  const withParents = () => [...planned(), ...knownFact(given.catalogue).parents.map(({ oid }) => oid)]
  const known = {
    databaseRoles: await observe(() => readDatabaseRoles(session)),
    roleSettings: await observe(() => readRoleSettings(session)),
    writers: await observe(() => readTableWriters(session, planned())),
    definers: await observe(() => readDefinerFunctions(session)),
    foreignServers: await observe(() => readForeignServers(session)),
    cronJobs: await observe(() => readCronJobs(session)),
    workers: await observe(() => readBackgroundWorkers(session)),
    dmsSessions: await observe(() => readDmsSessions(session, given.dmsUser)),
    otherTables: await observe(() => readOtherTables(session, withParents())),
    state: await observe(() => readServerState(session, planned())),
    hbaRules: await observe(async () =>
      (given.migration[side]['rds-instance'] ?? given.migration[side]['rds-cluster']) === undefined
        ? readHbaRules(session, given.login)
        : undefined,
    ),
    expressionKeys: await observe(() => readExpressionKeys(session, withParents())),
    columnSequences: await observe(() => readColumnSequences(session, withParents())),
    outsideReferences: await observe(() => readOutsideReferences(session, withParents())),
    sampled: await observe(() => readSampledValues(session, planned())),
    fenced: await observe(() => readFencedTables(session, withParents())),
    databaseObjects: await observe(() => readObjects(session)),
    grants: await observe(() => readGrants(session)),
    extensionVersions: await observe(() => readExtensionVersions(session)),
    collations: await observe(() => readCollations(session, withParents())),
  }
  const walRate = await observe(() =>
    endWalRate(session, knownFact(walStart), knownFact(given.server).versionNumber),
  )
  return { ...known, walRate }
}
