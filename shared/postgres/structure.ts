import type { TableName } from '../migration/plan.ts'
import type {
  ColumnSequence,
  ExpressionKey,
  OutsideReference,
  SampledValues,
} from '../preflight/structure-facts.ts'
import type { Session } from './session.ts'
import {
  readColumnSequencesStatement,
  readExpressionKeysStatement,
  readFencedTablesStatement,
  readOutsideReferencesStatement,
  readSampledValuesStatement,
} from './structure-statements.ts'

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
  return session.query<OutsideReference>(readOutsideReferencesStatement, [[...oids]])
}

/** What ANALYZE has kept of dates and of numeric columns; it scans nothing. */
export async function readSampledValues(session: Session, oids: readonly string[]): Promise<SampledValues> {
  const [row] = await session.query<SampledValues>(readSampledValuesStatement, [[...oids]])
  return row ?? { columns: [], neverAnalysed: [] }
}

/** Tables on which a fence stands. */
export async function readFencedTables(
  session: Session,
  oids: readonly string[],
): Promise<readonly TableName[]> {
  return session.query<TableName>(readFencedTablesStatement, [[...oids]])
}
