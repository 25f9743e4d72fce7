import { qualified } from '../migration/identifier.ts'
import type { TableName } from '../migration/plan.ts'

/** A table as people write it in a report. */
export function shown({ schema, table }: TableName): string {
  return `${schema}.${table}`
}

/** A table as SQL takes it. */
export function sqlName({ schema, table }: TableName): string {
  return qualified(schema, table)
}

/** One statement for each, ready to paste; long lists end with how many more there are. */
export function statements(lines: readonly string[], most = 10): string {
  const rest = lines.length - most
  return [...lines.slice(0, most), ...(rest > 0 ? [`-- and ${rest} more`] : [])].join('\n')
}

/** `1 table`, `3 tables`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
