import { plainText, type RowChange, type RowImage } from './decode-change.ts'
import type { FilterCondition, SourceFilter } from './mapping-rules.ts'
import type { TableRoute } from './table-route.ts'

const NUMBERS = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'oid', 'money'])

/**
 * Does a captured change belong to the rows that the mapping's source filters select? A row is judged as it is after the
 * change. A DELETE whose old row lacks a filtered column cannot be judged: DMS loses it (`lostDeletes`).
 */
export function passesFilters(route: TableRoute, change: RowChange, lostDeletes: boolean): boolean {
  const image = change.after ?? change.before
  if (image === null) return true
  return route.selected.filters.every((filter) => {
    const value = valueOf(image, filter['column-name'])
    if (value === undefined) return change.kind === 'delete' ? !lostDeletes : true
    return passes(route, filter, value)
  })
}

function valueOf(image: RowImage, column: string): string | null | undefined {
  const index = image.names.indexOf(column)
  const raw = index === -1 ? undefined : image.values[index]
  return typeof raw === 'string' ? plainText(raw) : raw
}

function passes(route: TableRoute, filter: SourceFilter, value: string | null): boolean {
  const source = route.selected.source.columns.find((column) => column.name === filter['column-name'])
  const numeric = source !== undefined && NUMBERS.has(source.baseType)
  return filter['filter-conditions'].some((condition) => meets(condition, value, numeric))
}

function meets(condition: FilterCondition, value: string | null, numeric: boolean): boolean {
  const operator = condition['filter-operator']
  if (operator === 'null') return value === null
  if (operator === 'notnull') return value !== null
  if (value === null) return false
  const against = (other: string | undefined): number => compare(value, other ?? '', numeric)
  const between = (): boolean =>
    against(condition['start-value']) >= 0 && against(condition['end-value']) <= 0
  switch (operator) {
    case 'eq':
      return against(condition.value) === 0
    case 'noteq':
      return against(condition.value) !== 0
    case 'ste':
    case 'lte':
      return against(condition.value) <= 0
    case 'gte':
      return against(condition.value) >= 0
    case 'between':
      return between()
    case 'notbetween':
      return !between()
    default:
      throw new Error(`Unknown filter operator ${String(operator)}`)
  }
}

/** Text of timestamps and dates compares like the instants themselves: the stream prints ISO in UTC. */
function compare(a: string, b: string, numeric: boolean): number {
  if (!numeric) return a < b ? -1 : a > b ? 1 : 0
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const difference = BigInt(a) - BigInt(b)
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }
  return Number(a) - Number(b)
}
