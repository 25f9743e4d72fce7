import { z } from 'zod'

export const keySchema = z.strictObject({
  /** The last part of its ARN. */
  id: z.string(),
  /** With `alias/` in front. */
  alias: z
    .string()
    .regex(/^alias\//)
    .optional(),
  manager: z.enum(['AWS', 'CUSTOMER']).default('CUSTOMER'),
  state: z.enum(['Enabled', 'Disabled', 'PendingDeletion']).default('Enabled'),
  /** A policy document; without one, the own account may do everything and nobody else anything. */
  policy: z.record(z.string(), z.unknown()).optional(),
})

export type Key = z.output<typeof keySchema>
