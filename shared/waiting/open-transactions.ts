import { readFileSync } from 'node:fs'
import * as z from 'zod'
import type { Session } from '../postgres/session.ts'

// One literal line: the bundler copies what it finds in this form, and only in this form.
const readOpenTransactionsStatement = readFileSync(
  new URL('./sql/read-open-transactions.sql', import.meta.url),
  'utf8',
)

const holder = z
  .object({
    pid: z.number(),
    user: z.string().nullable(),
    application: z.string().nullable(),
    seconds: z.number(),
  })
  .nullable()

const shape = z.object({ open: holder, idle: holder })

/** The longest open transaction of a client, and the one idle longest in a transaction; null where there is none. */
export type OpenTransactions = z.infer<typeof shape>

/** One look at one side. Without pg_monitor the states of other users' sessions are not seen. */
export async function readOpenTransactions(session: Session): Promise<OpenTransactions> {
  const [row] = await session.query<{ transactions: string }>(readOpenTransactionsStatement)
  return shape.parse(JSON.parse(row?.transactions ?? 'null'))
}
