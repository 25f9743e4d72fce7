import { z } from 'zod'

/** Values of operations that are spoken both as JSON (typed) and as Query (everything is text). */
export const flexibleNumber = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]).transform(Number)

export const flexibleBoolean = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .transform((value) => value === true || value === 'true')

/** Epoch seconds (JSON) or ISO 8601 (Query). */
export const flexibleTime = z.union([z.number(), z.string()]).transform((value, context) => {
  const time = typeof value === 'number' ? new Date(value * 1000) : new Date(value)
  if (!Number.isNaN(time.getTime())) return time
  context.addIssue({ code: 'custom', message: 'not a time' })
  return z.NEVER
})

/** A list; an empty Query parameter (`Filters=`) is an empty list. */
export function flexibleList<S extends z.ZodType>(entry: S) {
  return z.union([z.array(entry), z.literal('').transform((): z.output<S>[] => [])])
}
