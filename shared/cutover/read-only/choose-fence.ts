import type { Session } from '../../postgres/session.ts'
import type { Problem } from '../../runtime/errors.ts'

/** How writers are kept out: all tables locked in one transaction, or closed one by one behind a dead-man. */
export type Fence = 'lock' | 'read-only'

/** Locks on tables and indexes that all sessions of a server can hold together (PostgreSQL, max_locks_per_transaction). */
export function lockSlots(setting: (name: string) => number): number {
  return (
    setting('max_locks_per_transaction') * (setting('max_connections') + setting('max_prepared_transactions'))
  )
}

/** Half of the slots are left to everybody else who runs at that moment. Pure. */
export function chooseFence(wanted: Fence | 'auto', tables: number, slots: number): Fence {
  if (wanted !== 'auto') return wanted
  return tables * 2 <= slots ? 'lock' : 'read-only'
}

/** More tables than slots end in “out of shared memory”, for us and for whoever needs a lock then. Pure. */
export function judgeLockSlots(fence: Fence, tables: number, slots: number): Problem[] {
  if (fence === 'read-only' || tables <= slots) return []
  return [
    {
      field: 'cutover.fence',
      value: 'lock',
      message: `${tables} tables are to be locked together, and the server has room for ${slots} locks in all`,
      remedy:
        'Set `fence: read-only` in the migration file, which closes table by table (run preflight again), or raise max_locks_per_transaction (needs a restart).',
    },
  ]
}

export async function readLockSlots(session: Session): Promise<number> {
  const rows = await session.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions')`,
  )
  return lockSlots((name) => Number(rows.find((row) => row.name === name)?.setting ?? '0'))
}
