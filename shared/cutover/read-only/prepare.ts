import type { Session } from '../../postgres/session.ts'
import { refuseProblems, type Problem } from '../../runtime/errors.ts'
import type { FenceOrder } from '../fence.ts'
import { chooseFence, judgeLockSlots, readLockSlots, type Fence } from './choose-fence.ts'
import { dropSpentTriggers } from './give-back.ts'
import { createPutBackFunctions, createReadOnlyFunctions } from './statements.ts'

/**
 * Which fence it will be, known before anybody waits. Installs the functions, and removes what an earlier attempt left of its
 * triggers. Throws `refused` where `fence: lock` would run out of lock slots.
 */
export async function prepareFence(
  from: Session,
  wanted: Fence | 'auto',
  order: Pick<FenceOrder, 'tables'>,
): Promise<Fence> {
  await from.query(createPutBackFunctions)
  await from.query(createReadOnlyFunctions)
  await dropSpentTriggers(from, 2000)
  const slots = await readLockSlots(from)
  const fence = chooseFence(wanted, order.tables.length, slots)
  refuseProblems('refused', judgeLockSlots(fence, order.tables.length, slots))
  return fence
}

/** Fence and undoing tried and rolled back: what the dead-man could not put back must be known before it is armed. */
export async function rehearsePutBack(
  from: Session,
  fence: Omit<FenceOrder, 'generation'>,
  savedAs: string,
): Promise<Problem[]> {
  await from.query('begin')
  try {
    const [row] = await from.query<{ unrestored: string[] }>(
      'select aurora_migration.rehearse_put_back($1::json, $2) as unrestored',
      [JSON.stringify(fence), savedAs],
    )
    return (row?.unrestored ?? []).map((one) => ({
      field: fence.side,
      message: `\`fence: read-only\` could not be undone: ${one}`,
      remedy: 'Make the migration’s login a member of the grantor, or have that grant made by the owner.',
    }))
  } finally {
    await from.query('rollback')
  }
}
