import * as z from 'zod'
import { tablePattern } from './field-formats.ts'

const reason = z
  .string()
  .min(10, 'must say in a sentence why')
  .describe('Why, in a sentence; the summary shows it to the reviewer.')

/**
 * What verify-data leaves out or lets pass. No part of the plan or its digest: nothing is migrated otherwise because of it,
 * and every report shows it.
 */
export const verifySchema = z
  .strictObject({
    exclude: z
      .array(
        z.strictObject({
          tables: tablePattern.describe('`schema.table` with DMS’s wildcards.'),
          reason,
        }),
      )
      .default([])
      .describe('Tables whose rows are not compared.'),
    'accept-objects': z
      .array(
        z.strictObject({
          object: z
            .string()
            .min(1)
            .describe(
              'Kind and name as the summary writes them, `index shop.orders: orders_old_idx`; `%` is any text.',
            ),
          reason,
        }),
      )
      .default([])
      .describe('Objects that may differ, or be on one side only.'),
  })
  .describe('What verify-data leaves out or lets pass.')
