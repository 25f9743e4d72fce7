import { lobClass, type Table } from './catalogue.ts'
import {
  nameMatcher,
  type MappingRule,
  type ParallelLoad,
  type SelectionRule,
  type SourceFilter,
  type TransformationRule,
} from './mapping-rules.ts'
import { FatalTaskError } from './task-failure.ts'

/** A table of the source with everything that the mappings say of it. */
export interface SelectedTable {
  readonly source: Table
  readonly targetSchema: string
  readonly targetTable: string
  /** source column name → target column name; a removed column is missing */
  readonly columns: ReadonlyMap<string, string>
  readonly loadOrder: number
  readonly filters: readonly SourceFilter[]
  readonly parallelLoad: ParallelLoad | null
  readonly lobMode: 'limited' | 'unlimited' | 'none' | null
  /** KB */
  readonly lobMaxSize: number | null
}

/**
 * Applies mapping rules to a source catalogue. Tables come in the order of loading: load-order first (higher earlier), then
 * alphabetically. Excludes win over includes; `explicit` needs the exact name.
 */
export function selectTables(
  tables: readonly Table[],
  rules: readonly MappingRule[],
  options: { readonly viewsAllowed: boolean; readonly targetSchema: string },
): SelectedTable[] {
  const selections = rules.filter((rule) => rule['rule-type'] === 'selection')
  const transformations = rules
    .filter((rule) => rule['rule-type'] === 'transformation')
    .sort((a, b) => Number(a['rule-id']) - Number(b['rule-id']))
  const tableSettings = rules.filter((rule) => rule['rule-type'] === 'table-settings')
  const matchers = selections.map((rule) => ({ rule, matches: selectionMatcher(rule) }))

  const selected: SelectedTable[] = []
  for (const table of tables) {
    const matching = matchers.filter(({ matches }) => matches(table)).map(({ rule }) => rule)
    const includes = matching.filter((rule) => rule['rule-action'] !== 'exclude')
    if (includes.length === 0 || includes.length < matching.length) continue
    if (table.kind === 'v' && !options.viewsAllowed) continue
    const settings = tableSettings.filter(
      (rule) =>
        rule['object-locator']['schema-name'] === table.schema &&
        rule['object-locator']['table-name'] === table.name,
    )
    const lob = settings.map((rule) => rule['lob-settings']).find((value) => value !== undefined)
    const parallel = settings.map((rule) => rule['parallel-load']).find((value) => value !== undefined)
    selected.push({
      source: table,
      ...targetNames(table, transformations, options.targetSchema),
      loadOrder: Math.max(...includes.map((rule) => Number(rule['load-order'] ?? 0))),
      filters: includes.flatMap((rule) => rule.filters),
      parallelLoad:
        parallel === undefined || parallel.type === 'none' ? null : checkedParallelLoad(table, parallel),
      lobMode: lob?.mode ?? null,
      lobMaxSize: lob?.['bulk-max-size'] === undefined ? null : Number(lob['bulk-max-size']),
    })
  }
  return selected.sort(
    (a, b) =>
      b.loadOrder - a.loadOrder ||
      compareNames(a.source.schema, b.source.schema) ||
      compareNames(a.source.name, b.source.name),
  )
}

/** Columns and boundaries must fit the table. @throws FatalTaskError */
function checkedParallelLoad(table: Table, parallel: ParallelLoad): ParallelLoad {
  const refusal = (reason: string): Error =>
    new FatalTaskError(
      `Error in mapping rules. Parallel load of table '${table.schema}.${table.name}': ${reason}`,
    )
  if (parallel.type !== 'ranges') {
    if (table.kind !== 'p') throw refusal('it is not partitioned')
    return parallel
  }
  if (parallel.columns.length === 0 || parallel.boundaries.length === 0)
    throw refusal('ranges need columns and boundaries')
  for (const name of parallel.columns) {
    const column = table.columns.find((candidate) => candidate.name === name)
    if (column === undefined) throw refusal(`column '${name}' does not exist`)
    if (lobClass(column) !== null || /^float[48]$/.test(column.baseType))
      throw refusal(`column '${name}' of type ${column.type} cannot bound a range`)
  }
  if (parallel.boundaries.some((boundary) => boundary.length !== parallel.columns.length))
    throw refusal(`each boundary needs ${parallel.columns.length} values`)
  return parallel
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function selectionMatcher(rule: SelectionRule): (table: Table) => boolean {
  const locator = rule['object-locator']
  const explicit = rule['rule-action'] === 'explicit'
  const exact = (pattern: string) => (name: string) => name === pattern
  const schema = (explicit ? exact : nameMatcher)(locator['schema-name'])
  const name = (explicit ? exact : nameMatcher)(locator['table-name'])
  const type = locator['table-type']
  return (table) =>
    (type === 'all' || (table.kind === 'v') === (type === 'view')) && schema(table.schema) && name(table.name)
}

function targetNames(
  table: Table,
  rules: readonly TransformationRule[],
  taskTargetSchema: string,
): { targetSchema: string; targetTable: string; columns: Map<string, string> } {
  let targetSchema = taskTargetSchema === '' ? table.schema : taskTargetSchema
  let targetTable = table.name
  const columns = new Map(table.columns.map((column) => [column.name, column.name]))
  for (const rule of rules) {
    const locator = rule['object-locator']
    if (!nameMatcher(locator['schema-name'])(table.schema)) continue
    if (rule['rule-target'] === 'schema') {
      targetSchema = transformName(rule, targetSchema)
      continue
    }
    if (!nameMatcher(locator['table-name'])(table.name)) continue
    if (rule['rule-target'] === 'table') {
      targetTable = transformName(rule, targetTable)
      continue
    }
    const matches = nameMatcher(locator['column-name'])
    for (const [source, target] of columns) {
      if (!matches(source)) continue
      if (rule['rule-action'] === 'remove-column') columns.delete(source)
      else columns.set(source, transformName(rule, target))
    }
  }
  return { targetSchema, targetTable, columns }
}

function transformName(rule: TransformationRule, name: string): string {
  const value = rule.value ?? ''
  const old = rule['old-value'] ?? ''
  switch (rule['rule-action']) {
    case 'rename':
      return value
    case 'convert-lowercase':
      return name.toLowerCase()
    case 'convert-uppercase':
      return name.toUpperCase()
    case 'add-prefix':
      return value + name
    case 'remove-prefix':
      return name.startsWith(value) ? name.slice(value.length) : name
    case 'replace-prefix':
      return name.startsWith(old) ? value + name.slice(old.length) : name
    case 'add-suffix':
      return name + value
    case 'remove-suffix':
      return name.endsWith(value) ? name.slice(0, name.length - value.length) : name
    case 'replace-suffix':
      return name.endsWith(old) ? name.slice(0, name.length - old.length) + value : name
    case 'remove-column':
      throw new FatalTaskError(`Mapping rule ${rule['rule-id']}: remove-column needs rule-target column`)
  }
}
