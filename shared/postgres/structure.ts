import { qualified } from '../migration/identifier.ts'
import type { TableName } from '../migration/plan.ts'
import type {
  ColumnSequence,
  ExpressionKey,
  OutsideReference,
  SampledColumn,
  SampledValues,
} from '../preflight/structure-facts.ts'
import type { Session } from './session.ts'
import {
  readColumnSequencesStatement,
  readExpressionKeysStatement,
  readFencedTablesStatement,
  readForeignKeysOutsideStatement,
  readSampledValuesStatement,
} from './structure-statements.ts'
import { probed, probedColumn, probeStatement, type UnseenColumn } from './value-probe.ts'

// Each of these is one statement, whatever the number of tables.

/** Unique indexes over expressions. */
export async function readExpressionKeys(
  session: Session,
  oids: readonly string[],
): Promise<readonly ExpressionKey[]> {
  return session.query<ExpressionKey>(readExpressionKeysStatement, [[...oids]])
}

/** Columns and the sequences that feed them. */
export async function readColumnSequences(
  session: Session,
  oids: readonly string[],
): Promise<readonly ColumnSequence[]> {
  return session.query<ColumnSequence>(readColumnSequencesStatement, [[...oids]])
}

/** Foreign keys to tables that are not among these relations. */
export async function readOutsideReferences(
  session: Session,
  oids: readonly string[],
): Promise<readonly OutsideReference[]> {
  return session.query<OutsideReference>(readForeignKeysOutsideStatement, [[...oids]])
}

/**
 * What is known of dates and of numeric columns: from what ANALYZE kept, and, where that tells too little, from small
 * tables themselves (one statement more). Larger ones are left unseen.
 */
export async function readSampledValues(session: Session, oids: readonly string[]): Promise<SampledValues> {
  const [kept] = await session.query<{ columns: SampledColumn[]; unseen: UnseenColumn[] }>(
    readSampledValuesStatement,
    [[...oids]],
  )
  const { columns = [], unseen = [] } = kept ?? {}
  const { direct, left } = probed(unseen)
  const rows =
    direct.length === 0
      ? []
      : await session.query<{ place: number } & Partial<SampledColumn>>(probeStatement(direct))
  const byPlace = new Map(rows.map((row) => [row.place, row]))
  return {
    columns: [...columns, ...direct.map((column, place) => probedColumn(column, byPlace.get(place) ?? {}))],
    unseen: [
      ...new Map(left.map(({ schema, table }) => [qualified(schema, table), { schema, table }])).values(),
    ],
  }
}

/** Tables on which a fence stands. */
export async function readFencedTables(
  session: Session,
  oids: readonly string[],
): Promise<readonly TableName[]> {
  return session.query<TableName>(readFencedTablesStatement, [[...oids]])
}
