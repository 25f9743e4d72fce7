import { qualified, quoted } from '../migration/identifier.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import type { DatabaseChange, SavedRows } from './database-change.ts'
import {
  readForeignKeysStatement,
  readSecondaryIndexesStatement,
  readUserTriggersStatement,
} from './statements.ts'

/** Kinds of aurora_migration.saved_state; the functions of create-set-aside-functions.sql know them by these words. */
export const foreignKeyKind = 'foreign-key'
export const indexKind = 'index'
export const triggerKind = 'trigger'

/** A foreign key as the catalogue has it. */
export interface ForeignKey extends TableName {
  readonly name: string
  /** pg_get_constraintdef. */
  readonly definition: string
  readonly valid: boolean
  readonly comment: string | null
  /** On a partitioned table. */
  readonly partitioned: boolean
  /** pg_constraint.confmatchtype: `f` full, `s` simple. */
  readonly match: string
  readonly parent: TableName
  readonly columns: readonly string[]
  readonly parentColumns: readonly string[]
  /** Operators that compare parent and child, qualified: `operator(pg_catalog.=)`. */
  readonly operators: readonly string[]
}

/** An index that enforces nothing. */
export interface SecondaryIndex extends TableName {
  readonly name: string
  /** pg_get_indexdef: `CREATE INDEX … ON [ONLY] …`. */
  readonly definition: string
  readonly partitioned: boolean
  /** The partitioned index that this one is a part of. */
  readonly parentSchema: string | null
  readonly parentName: string | null
  readonly clustered: boolean
  readonly comment: string | null
}

interface UserTrigger extends TableName {
  readonly name: string
  /** pg_trigger.tgenabled: `O`, `R` or `A`. */
  readonly enabled: string
}

/** Which relations: tables with the partitioned ones above them, and all of whole schemas. */
export interface RelationChoice {
  readonly tables: readonly TableName[]
  readonly schemas?: readonly string[]
}

/** Foreign keys of the chosen tables and to them. */
export async function readForeignKeys(session: Session, choice: RelationChoice): Promise<ForeignKey[]> {
  return session.query<ForeignKey>(readForeignKeysStatement, [
    JSON.stringify(choice.tables),
    [...(choice.schemas ?? [])],
  ])
}

/** Indexes of the chosen relations that enforce nothing: what enforces uniqueness stays, since DMS and its validation need it. */
export async function readSecondaryIndexes(
  session: Session,
  choice: RelationChoice,
): Promise<SecondaryIndex[]> {
  return session.query<SecondaryIndex>(readSecondaryIndexesStatement, [
    JSON.stringify(choice.tables),
    [...(choice.schemas ?? [])],
  ])
}

export function savedForeignKeys(keys: readonly ForeignKey[]): SavedRows {
  return {
    kind: foreignKeyKind,
    rows: keys.map((key) => ({ object: objectOf(key), definition: key })),
  }
}

export function savedIndexes(indexes: readonly SecondaryIndex[]): SavedRows {
  return {
    kind: indexKind,
    rows: indexes.map((index) => ({ object: qualified(index.schema, index.name), definition: index })),
  }
}

/** The change that drops the foreign keys of the planned tables, and those that point to them; undefined where there are none. */
export async function foreignKeysChange(
  target: Session,
  tables: readonly TableName[],
): Promise<DatabaseChange | undefined> {
  const keys = await readForeignKeys(target, { tables })
  if (keys.length === 0) return undefined
  return {
    side: 'target',
    title: `drop ${keys.length} foreign ${keys.length === 1 ? 'key' : 'keys'}`,
    undo: 'put back as NOT VALID after the load, validated after the first marker',
    statements: keys.map(
      ({ schema, table, name }) => `alter table ${qualified(schema, table)} drop constraint ${quoted(name)}`,
    ),
    saved: savedForeignKeys(keys),
  }
}

/** The change that drops the indexes of the planned tables that enforce nothing; undefined where there are none. */
export async function indexesChange(
  target: Session,
  tables: readonly TableName[],
): Promise<DatabaseChange | undefined> {
  const indexes = await readSecondaryIndexes(target, { tables })
  if (indexes.length === 0) return undefined
  return {
    side: 'target',
    title: `drop ${indexes.length} ${indexes.length === 1 ? 'index' : 'indexes'} that enforce nothing`,
    undo: 'made again after the load',
    // Those of partitions go with the index above them, and cannot go without it.
    statements: indexes
      .filter(({ parentName }) => parentName === null)
      .map(({ schema, name }) => `drop index ${qualified(schema, name)}`),
    saved: savedIndexes(indexes),
  }
}

/**
 * The change that disables the triggers of the planned tables that could fire for DMS's rows: every one where it does not apply
 * in replica mode, else those that fire in it. Undefined where there are none.
 */
export async function triggersChange(
  target: Session,
  tables: readonly TableName[],
  duringLoad: Plan['duringLoad'],
): Promise<DatabaseChange | undefined> {
  // In replica mode only those that ask for it fire: what they do has been done on the source, and arrives as rows.
  const letters = duringLoad['replica-role'] === 'disabled-triggers' ? ['O', 'A', 'R'] : ['A', 'R']
  const triggers = await target.query<UserTrigger>(readUserTriggersStatement, [
    JSON.stringify(tables),
    letters,
  ])
  if (triggers.length === 0) return undefined
  return {
    side: 'target',
    title: `disable ${triggers.length} ${triggers.length === 1 ? 'trigger' : 'triggers'}`,
    undo: 'enabled as each was by the transaction that opens the target',
    statements: triggers.map(
      ({ schema, table, name }) =>
        `alter table only ${qualified(schema, table)} disable trigger ${quoted(name)}`,
    ),
    saved: {
      kind: triggerKind,
      rows: triggers.map((trigger) => ({ object: objectOf(trigger), definition: trigger })),
    },
  }
}

function objectOf({ schema, table, name }: TableName & { readonly name: string }): string {
  return `${qualified(schema, table)}.${quoted(name)}`
}
