import type {
  Catalogue,
  CatalogueColumn,
  CatalogueConstraint,
  CatalogueIndex,
  CatalogueRelation,
  CatalogueSequence,
  CatalogueTable,
  CatalogueTrigger,
  SourceCatalogue,
} from '../migration/catalogue-model.ts'
import { byTableName, byText } from '../migration/name-order.ts'
import { plannedRelations } from '../migration/planned-tables.ts'
import type { TablePatterns } from '../migration/table-patterns.ts'
import {
  readColumnsStatement,
  readConstraintsStatement,
  readIndexesStatement,
  readRelationsStatement,
  readSequenceCatalogueStatement,
  readTriggersStatement,
} from './catalogue-statements.ts'
import { readFingerprint } from './fingerprint.ts'
import type { Session } from './session.ts'

/**
 * The catalogue of one side, narrowed to the patterns of the migration file. Six statements, whatever the number of
 * tables. Locks nothing and writes nothing.
 */
export async function readCatalogue(
  session: Session,
  migration: { readonly tables: TablePatterns },
): Promise<Catalogue> {
  const relations = await session.query<CatalogueRelation>(readRelationsStatement)
  const chosen = plannedRelations(relations, migration.tables)
  const oids = [...chosen.planned, ...chosen.parents, ...chosen.left].map(({ oid }) => oid)
  const schemas = [...new Set(chosen.planned.map(({ schema }) => schema))].sort(byText)

  const columns = await readByOid<CatalogueColumn>(session, readColumnsStatement, oids)
  const indexes = await readByOid<CatalogueIndex>(session, readIndexesStatement, oids)
  const constraints = await readByOid<CatalogueConstraint>(session, readConstraintsStatement, oids)
  const triggers = await readByOid<CatalogueTrigger>(session, readTriggersStatement, oids)
  const sequences = await session.query<CatalogueSequence>(readSequenceCatalogueStatement, [schemas])

  const whole = (relation: CatalogueRelation): CatalogueTable => ({
    ...relation,
    columns: columns.get(relation.oid) ?? [],
    indexes: indexes.get(relation.oid) ?? [],
    constraints: constraints.get(relation.oid) ?? [],
    triggers: triggers.get(relation.oid) ?? [],
  })
  return {
    planned: chosen.planned.map(whole).sort(byTableName),
    parents: chosen.parents.map(whole).sort(byTableName),
    left: chosen.left.map(whole).sort(byTableName),
    sequences: ownSequences(sequences, chosen),
    schemas,
  }
}

/** The source's catalogue with its fingerprint, for `buildPlan`: seven statements, whatever the number of tables. */
export async function readSourceCatalogue(
  source: Session,
  migration: { readonly tables: TablePatterns },
): Promise<SourceCatalogue> {
  const catalogue = await readCatalogue(source, migration)
  return { ...catalogue, fingerprint: await readFingerprint(source, catalogue.schemas) }
}

async function readByOid<T>(
  session: Session,
  statement: string,
  oids: readonly string[],
): Promise<Map<string, T[]>> {
  const rows = await session.query<T & { readonly oid: string }>(statement, [[...oids]])
  const found = new Map<string, T[]>()
  for (const { oid, ...row } of rows) {
    const list = found.get(oid)
    // The oid is taken off again: it differs between two restores of the same schema.
    if (list === undefined) found.set(oid, [row as T])
    else list.push(row as T)
  }
  return found
}

/** Sequences of the migrated schemas, but not those that a column of a table outside the migration owns. */
function ownSequences(
  sequences: readonly CatalogueSequence[],
  chosen: { readonly planned: readonly CatalogueRelation[]; readonly parents: readonly CatalogueRelation[] },
): CatalogueSequence[] {
  const own = new Set([...chosen.planned, ...chosen.parents].map(({ oid }) => oid))
  return sequences.filter(({ ownerOid }) => ownerOid === null || own.has(ownerOid))
}

export type { Catalogue, SourceCatalogue } from '../migration/catalogue-model.ts'
