import type { TableName } from '../migration/plan.ts'
import type { Fact } from './known-fact.ts'

/** A unique index with an expression among its keys. */
export interface ExpressionKey extends TableName {
  readonly index: string
  readonly definition: string
}

/** A column and the sequence that feeds it: by ownership or by its default. */
export interface ColumnSequence extends TableName {
  readonly column: string
  /** `smallint`, `integer`, `bigint`, … */
  readonly columnType: string
  readonly sequenceSchema: string
  readonly sequence: string
}

/** A foreign key of a planned table to one outside the migration. */
export interface OutsideReference extends TableName {
  readonly constraint: string
  /** The table that it refers to. */
  readonly other: string
}

/**
 * What is known of a column's values. ANALYZE reads 300 rows for each step of the statistics target (30,000 with the
 * default), so that a small table is seen whole and a large one in a sample.
 */
export interface SampledColumn extends TableName {
  readonly column: string
  readonly baseType: string
  /** infinity or -infinity was seen. */
  readonly infinity: boolean
  readonly notANumber: boolean
  /** Most decimals of a numeric; null for other types. */
  readonly decimals: number | null
  /** Most digits of a numeric in all. */
  readonly digits: number | null
}

/** Columns of dates and times, and of numeric without precision. */
export interface SampledValues {
  readonly columns: readonly SampledColumn[]
  /** Tables with such columns that are too large to be read here, and of which the statistics tell too little. */
  readonly unseen: readonly TableName[]
}

export interface StructureFacts {
  readonly expressionKeys: Fact<readonly ExpressionKey[]>
  readonly columnSequences: Fact<readonly ColumnSequence[]>
  readonly outsideReferences: Fact<readonly OutsideReference[]>
  readonly sampled: Fact<SampledValues>
  /** Planned tables on which a fence of a former cutover stands. */
  readonly fenced: Fact<readonly TableName[]>
}
