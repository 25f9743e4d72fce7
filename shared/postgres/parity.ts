import type {
  CollationFacts,
  DatabaseObject,
  InstalledExtension,
  ObjectGrants,
} from '../preflight/parity-facts.ts'
import {
  readCollationsStatement,
  readExtensionVersionsStatement,
  readGrantsStatement,
  readObjectsStatement,
} from './parity-statements.ts'
import type { Session } from './session.ts'

// Each of these is one statement, whatever the number of tables.

/** Views, functions, types, indexes, triggers and whatever else is no row. */
export async function readObjects(session: Session): Promise<readonly DatabaseObject[]> {
  return session.query<DatabaseObject>(readObjectsStatement)
}

/** Who may do what, beside owners. */
export async function readGrants(session: Session): Promise<readonly ObjectGrants[]> {
  return session.query<ObjectGrants>(readGrantsStatement)
}

/** Installed extensions. */
export async function readExtensionVersions(session: Session): Promise<readonly InstalledExtension[]> {
  return session.query<InstalledExtension>(readExtensionVersionsStatement)
}

/** Collations of the database and of these relations' columns. */
export async function readCollations(session: Session, oids: readonly string[]): Promise<CollationFacts> {
  const [row] = await session.query<CollationFacts>(readCollationsStatement, [[...oids]])
  if (row === undefined) throw new Error('the collations of the database could not be read')
  return row
}
