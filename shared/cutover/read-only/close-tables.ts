import type { Session } from '../../postgres/session.ts'
import type { FenceOrder } from '../fence.ts'
import { saveFenceStateStatement } from '../statements.ts'

/**
 * From `paused` to `fenced` in one transaction, and all that it takes to undo it saved in the same. Writers without a table of their own lose
 * their rights at their next statement; no table is locked. Throws where the deciding row is another run's.
 */
export async function enterReadOnly(session: Session, fence: FenceOrder): Promise<void> {
  await session.query('begin')
  try {
    await session.query(saveFenceStateStatement, [
      fence.migration,
      fence.generation,
      JSON.stringify(fence.tables),
    ])
    await session.query('select aurora_migration.enter_read_only($1::json)', [JSON.stringify(fence)])
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

export interface Closed {
  readonly closed: number
  readonly passes: number
  /** Tables that were held until the budget was over. */
  readonly busy: readonly { readonly schema: string; readonly table: string }[]
}

/** A refusing trigger on every table, one by one, within `budgetMs`. Throws where the fence was given back meanwhile. */
export async function closeTables(session: Session, fence: FenceOrder, budgetMs: number): Promise<Closed> {
  const [row] = await session.query<{ outcome: Closed }>(
    'call aurora_migration.fence_one_by_one($1::json, $2::integer, null)',
    [JSON.stringify(fence), Math.max(1, Math.round(budgetMs))],
  )
  if (row === undefined) throw new Error('fence_one_by_one gave no row')
  return row.outcome
}
