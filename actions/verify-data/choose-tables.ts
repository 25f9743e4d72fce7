import { comparedTable } from '../../shared/comparison/compared-table.ts'
import type { ComparedTable } from '../../shared/comparison/comparison.ts'
import type { Catalogue, CatalogueTable } from '../../shared/migration/catalogue-model.ts'
import { byTableName } from '../../shared/migration/name-order.ts'
import type { TableName } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { tableMatcher } from '../../shared/migration/table-patterns.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'

/** A table whose rows are not read, and what that means. */
export interface LeftTable extends TableName {
  /** `skipped`: as asked. `different`: one side has no such table. `unsettled`: it should have been compared. */
  readonly found: 'skipped' | 'different' | 'unsettled'
  readonly reason: string
}

export interface ChosenTables {
  readonly compared: readonly ComparedTable[]
  readonly left: readonly LeftTable[]
}

export interface TableChoice {
  /** Of the plan; without one all that the source has. */
  readonly planned: readonly TableName[] | undefined
  /** Input `tables`; empty is all. */
  readonly patterns: readonly string[]
  readonly exclude: Migration['verify']['exclude']
}

/**
 * Which tables are compared, and how each; the others with their reason, so that no table of the plan is passed over in
 * silence. Throws `invalid-input` for a pattern of the input that takes no table. Pure.
 */
export function chooseTables(
  source: Pick<Catalogue, 'planned' | 'parents' | 'left'>,
  target: Pick<Catalogue, 'planned' | 'parents' | 'left'>,
  choice: TableChoice,
): ChosenTables {
  const here = byName([...source.planned])
  const there = byName([...target.parents, ...target.planned])
  const planned = choice.planned ?? source.planned
  const isPlanned = new Set(planned.map(keyOf))
  // What came after the plan is the migration's as well: no task carries it, and nobody else would tell.
  const names = [...planned, ...source.planned.filter((one) => !isPlanned.has(keyOf(one)))].sort(byTableName)
  refuseIdlePatterns(choice.patterns, names)
  const wanted = choice.patterns.map(tableMatcher)
  const excluded = choice.exclude.map(({ tables, reason }) => ({ matches: tableMatcher(tables), reason }))

  const compared: ComparedTable[] = []
  const left: LeftTable[] = []
  for (const { schema, table } of names) {
    const name = { schema, table }
    const [ours, theirs] = [here.get(keyOf(name)), there.get(keyOf(name))]
    const because = excluded.find(({ matches }) => matches(name))?.reason
    if (wanted.length > 0 && !wanted.some((matches) => matches(name)))
      left.push({ ...name, found: 'skipped', reason: 'not among the tables asked for' })
    else if (because !== undefined) left.push({ ...name, found: 'skipped', reason: because })
    else if (ours === undefined)
      left.push({ ...name, found: 'unsettled', reason: 'the source has no such table any more' })
    else if (theirs === undefined)
      left.push({
        ...name,
        found: 'different',
        reason: isPlanned.has(keyOf(name))
          ? 'the target has no such table'
          : 'the target has no such table; it came after the plan',
      })
    else {
      const lacking = lackingColumns(ours, theirs)
      if (lacking === '') compared.push(howToCompare(ours, theirs))
      else left.push({ ...name, found: 'different', reason: `the target lacks ${lacking}` })
    }
  }
  // A copy, as a restored or cloned server has it, keeps what a task could not carry; its rows are not replicated.
  for (const { schema, table, kind } of choice.planned === undefined ? source.left : [])
    left.push({ schema, table, found: 'skipped', reason: leftReasons[kind] ?? 'it belongs to an extension' })
  return { compared, left }
}

const leftReasons: Readonly<Record<string, string>> = {
  f: 'a foreign table holds no rows of its own',
  m: 'a materialized view holds what its query gives; objects are compared beside the rows',
}

/**
 * Values cut by DMS’s limited LOB mode are not told apart: the plan’s limit is above every value that was measured, so a cut
 * one is lost data and must be found.
 */
function howToCompare(source: CatalogueTable, target: CatalogueTable): ComparedTable {
  return comparedTable(source, target, { kind: 'dms', lobLimit: undefined })
}

function lackingColumns(source: CatalogueTable, target: CatalogueTable): string {
  const there = new Set(target.columns.map(({ name }) => name))
  const lacking = source.columns.map(({ name }) => name).filter((name) => !there.has(name))
  if (lacking.length === 0) return ''
  return `${lacking.length === 1 ? 'the column' : 'the columns'} ${lacking.join(', ')}`
}

function refuseIdlePatterns(patterns: readonly string[], names: readonly TableName[]): void {
  const idle = patterns.filter(
    (pattern) => !/^[^.]+\.[^.]+$/u.test(pattern) || !names.some(tableMatcher(pattern)),
  )
  if (idle.length === 0) return
  const problems = idle.map((pattern) => ({
    field: 'tables',
    value: pattern,
    message: `no table is meant by ${pattern}`,
    remedy: 'Write schema.table, with `%` for any text, as the migration file does; names keep their case.',
  }))
  throw new MigrationError('invalid-input', problems[0]?.message ?? '', { problems })
}

function byName(tables: readonly CatalogueTable[]): ReadonlyMap<string, CatalogueTable> {
  return new Map(tables.map((table) => [keyOf(table), table]))
}

function keyOf({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
