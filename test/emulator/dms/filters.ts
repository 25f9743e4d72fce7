import { z } from 'zod'
import { invalidValue } from '../protocol/aws-error.ts'

export const filtersSchema = z
  .array(z.strictObject({ Name: z.string(), Values: z.array(z.string()) }))
  .optional()

export type Filters = z.infer<typeof filtersSchema>

/** The entries that pass every filter (AND between filters, OR between values). A filter that `fields` lacks is refused. */
export function applyFilters<T>(
  entries: readonly T[],
  filters: Filters,
  fields: Readonly<Record<string, (entry: T) => string>>,
): T[] {
  for (const { Name } of filters ?? []) {
    if (!fields[Name])
      throw invalidValue(`The filter name ${Name} is not valid; valid: ${Object.keys(fields).join(', ')}`)
  }
  return entries.filter((entry) =>
    (filters ?? []).every(({ Name, Values }) => Values.includes(fields[Name]?.(entry) ?? '')),
  )
}

/** The input that all describe operations share. */
export const describeInput = {
  Filters: filtersSchema,
  MaxRecords: z.number().int().optional(),
  Marker: z.string().optional(),
}
