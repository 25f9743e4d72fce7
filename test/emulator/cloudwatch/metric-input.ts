import { z } from 'zod'
import { flexibleList } from '../protocol/query-values.ts'
import type { Dimensions } from './metric-store.ts'

export const dimensionsSchema = flexibleList(
  z.strictObject({ Name: z.string(), Value: z.string() }),
).optional()

export function readDimensions(input: z.output<typeof dimensionsSchema>): Dimensions {
  return Object.fromEntries((input ?? []).map(({ Name, Value }) => [Name, Value]))
}
