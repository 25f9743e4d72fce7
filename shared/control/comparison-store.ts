import { randomUUID } from 'node:crypto'
import { qualified } from '../migration/identifier.ts'
import type { TableName } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import {
  beginComparisonStatement,
  finishComparisonStatement,
  hasComparisonsStatement,
  readComparedPartsStatement,
  readComparedTablesStatement,
  readLatestComparisonStatement,
  saveComparedPartStatement,
} from './comparison-statements.ts'

/** Which comparison: it goes on only where all of it is the same. */
export interface ComparisonRun {
  readonly migration: string
  readonly planDigest: string
  /** What of the plan is compared, as JSON. */
  readonly asked: unknown
  readonly runId: string
  readonly attempt: number
}

export interface BegunComparison {
  readonly id: string
  /** Milliseconds since the epoch by the source's clock. */
  readonly startedAt: number
  /** Another run began it. */
  readonly resumed: boolean
}

/** What a comparison found of one table. */
export interface KeptTable extends TableName {
  readonly found: 'equal' | 'different' | 'unsettled' | 'skipped'
  readonly rows: { readonly source: string; readonly target: string }
  readonly differences: number
  /** Why it was skipped, or could not be verified. */
  readonly reason?: string
}

/** What is kept of a finished comparison: counts and names, never a value of a row. JSON. */
export interface KeptResult {
  readonly tables: readonly KeptTable[]
  /** Columns that were not compared, of all tables that were. */
  readonly columnsLeftOut: number
  /** Objects that are not the same; null where they were not compared. */
  readonly objects: { readonly differences: number; readonly expected: number } | null
}

export type ComparisonState = 'running' | 'equal' | 'different' | 'could-not-verify'

/** The comparison of a plan that was begun last. */
export interface LatestComparison {
  readonly id: string
  readonly state: ComparisonState
  readonly runId: string
  /** Milliseconds since the epoch by the source's clock. */
  readonly startedAt: number
  /** Undefined while it is under way, or was left so. */
  readonly finishedAt: number | undefined
  /** Since it was finished, or begun, by the source's clock. */
  readonly ageMs: number
  /** Undefined while it is under way. */
  readonly result: KeptResult | undefined
  /** Whether only some of the plan's tables were asked for. */
  readonly partial: boolean
}

/** What a comparison found of a table, and when it began: what was in doubt before that is settled by `equal`. */
export interface ComparedTableState {
  readonly found: KeptTable['found']
  readonly comparison: string
  /** Milliseconds since the epoch by the source's clock. */
  readonly startedAt: number
}

/** Throws `precondition` where the source's control schema has no place for comparisons. */
export async function demandComparisonTables(source: Session): Promise<void> {
  if (await hasComparisons(source)) return
  const message = 'the control schema of the source has no table for comparisons'
  const remedy = 'Run prepare-target (or create-task): it brings the control schema up to date.'
  throw new MigrationError('precondition', message, {
    remedy,
    problems: [{ field: 'source', message, remedy }],
  })
}

/** Goes on with the comparison of the same things that is under way and not older than `maxAgeMs`, or begins one. */
export async function beginComparison(
  source: Session,
  run: ComparisonRun,
  maxAgeMs: number,
): Promise<BegunComparison> {
  const [row] = await source.query<BegunComparison>(beginComparisonStatement, [
    run.migration,
    run.planDigest,
    JSON.stringify(run.asked),
    run.runId,
    run.attempt,
    randomUUID(),
    maxAgeMs,
  ])
  if (row === undefined) throw new Error('begin-comparison gave no row')
  return row
}

/** Parts that were found equal, as they were saved. */
export async function readComparedParts<Part>(source: Session, comparison: string): Promise<Part[]> {
  const rows = await source.query<{ finished: string }>(readComparedPartsStatement, [comparison])
  return rows.map(({ finished }) => JSON.parse(finished) as Part)
}

/** Keeps a part under its id; an older one of that id is replaced. */
export async function saveComparedPart(
  source: Session,
  comparison: string,
  part: { readonly id: string },
): Promise<void> {
  await source.query(saveComparedPartStatement, [comparison, part.id, JSON.stringify(part)])
}

/** Keeps the result; the parts are forgotten. */
export async function finishComparison(
  source: Session,
  comparison: string,
  state: Exclude<ComparisonState, 'running'>,
  result: KeptResult,
): Promise<void> {
  await source.query(finishComparisonStatement, [comparison, state, JSON.stringify(result)])
}

/** The comparison of a plan that was begun last; undefined where there is none, or no control schema. */
export async function readLatestComparison(
  source: Session,
  migration: string,
  planDigest: string,
): Promise<LatestComparison | undefined> {
  if (!(await hasComparisons(source))) return undefined
  const [row] = await source.query<
    Omit<LatestComparison, 'result' | 'partial' | 'finishedAt'> & {
      readonly asked: string
      readonly result: string | null
      readonly finishedAt: number | null
    }
  >(readLatestComparisonStatement, [migration, planDigest])
  if (row === undefined) return undefined
  const { asked, result, finishedAt, ...plain } = row
  const { tables } = JSON.parse(asked) as { tables: readonly string[] }
  return {
    ...plain,
    finishedAt: finishedAt ?? undefined,
    result: result === null ? undefined : (JSON.parse(result) as KeptResult),
    partial: tables.length > 0,
  }
}

/** What was found last of each table of a plan, by its quoted name (`"shop"."orders"`); empty where nothing was compared. */
export async function readComparedTables(
  source: Session,
  migration: string,
  planDigest: string,
): Promise<ReadonlyMap<string, ComparedTableState>> {
  if (!(await hasComparisons(source))) return new Map()
  const rows = await source.query<ComparedTableState & TableName>(readComparedTablesStatement, [
    migration,
    planDigest,
  ])
  return new Map(rows.map(({ schema, table, ...state }) => [qualified(schema, table), state]))
}

async function hasComparisons(session: Session): Promise<boolean> {
  const [row] = await session.query<{ present: boolean }>(hasComparisonsStatement)
  return row?.present === true
}
