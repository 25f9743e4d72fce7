import { z } from 'zod'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleList, flexibleNumber } from '../protocol/query-values.ts'

export const pagingInput = { MaxRecords: flexibleNumber.optional(), Marker: z.string().optional() }

export const rdsFilters = flexibleList(
  z.strictObject({ Name: z.string(), Values: flexibleList(z.string()) }),
).optional()

/** RDS's filters: all must hold; a name that `fields` lacks is refused. */
export function applyRdsFilters<T>(
  entries: readonly T[],
  filters: z.output<typeof rdsFilters>,
  fields: Readonly<Record<string, (entry: T) => readonly string[]>>,
): T[] {
  for (const { Name } of filters ?? []) {
    if (!fields[Name]) throw new AwsError('InvalidParameterValue', `Unrecognized filter name: ${Name}`)
  }
  return entries.filter((entry) =>
    (filters ?? []).every(({ Name, Values }) =>
      fields[Name]?.(entry).some((value) => Values.includes(value)),
    ),
  )
}
