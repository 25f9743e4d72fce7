import { endSessions } from '../../shared/cutover/end-sessions.ts'
import { proveFence, type FenceOrder } from '../../shared/cutover/fence.ts'
import { closeTables, enterReadOnly } from '../../shared/cutover/read-only/close-tables.ts'
import { dropSpentTriggers, giveBack } from '../../shared/cutover/read-only/give-back.ts'
import { saveFenceStateStatement } from '../../shared/cutover/statements.ts'
import type { Session } from '../../shared/postgres/session.ts'
import type { FenceLab } from './read-only-lab.ts'

export const fences = ['lock', 'read-only'] as const
export type FenceKind = (typeof fences)[number]

export interface ClosedDatabase {
  readonly fence: FenceOrder
  /** What ending the sessions gave. */
  readonly ended: Awaited<ReturnType<typeof endSessions>>
  /** What the probe found not refused, as the roles of the application. */
  readonly prove: () => ReturnType<typeof proveFence>
  readonly session: Session
}

/**
 * Closes the lab's database as a cutover does that passes its commit point, runs `look`, and makes it as it was: the one thing
 * that no code of the product does.
 */
export async function whileClosed(
  lab: FenceLab,
  kind: FenceKind,
  change: Partial<FenceOrder>,
  look: (closed: ClosedDatabase) => Promise<void>,
): Promise<void> {
  const session = await lab.session()
  const fence = await lab.begin(change)
  try {
    await (kind === 'lock' ? closeByLocks(session, fence) : closeOneByOne(session, fence))
    const ended = await endSessions(session, { pids: [session.pid], users: ['dms_source'] }, 5000)
    const prove = () => proveFence(session, ['shop_app', 'shop_batch'], fence.tables)
    await look({ fence, ended, prove, session })
  } finally {
    await session.close()
    const mender = await lab.session()
    await lab.sql(
      `do $$ declare t regclass; begin
         for t in select tgrelid from pg_trigger where tgname = 'aurora_migration_fence' and tgfoid = 'aurora_migration.refuse_write()'::regprocedure loop
           execute format('drop trigger aurora_migration_fence on %s', t);
         end loop;
       end $$`,
    )
    await lab.sql(`update aurora_migration.decision set phase = 'fenced'`)
    await giveBack(mender, { ...fence, generation: BigInt(fence.generation) }, { by: 'test' }, 0)
    await dropSpentTriggers(mender, 5000)
    await mender.close()
  }
}

const lockList = (fence: FenceOrder) =>
  fence.tables.map(({ schema, table }) => `only "${schema}"."${table}"`).join(', ')

/** What the lock session does, in the one transaction that is the commit point. Throws where a table stays held for 300 ms. */
export async function closeByLocks(session: Session, fence: FenceOrder): Promise<void> {
  await session.query('begin')
  try {
    await session.query(`set local lock_timeout = '300ms'; lock table ${lockList(fence)} in share mode`)
    await session.query(saveFenceStateStatement, [
      fence.migration,
      fence.generation,
      JSON.stringify(fence.tables),
    ])
    await session.query('select aurora_migration.raise_fence($1::json)', [JSON.stringify(fence)])
    await session.query('commit')
  } catch (error) {
    await session.query('rollback')
    throw error
  }
}

async function closeOneByOne(session: Session, fence: FenceOrder): Promise<void> {
  await enterReadOnly(session, fence)
  await endSessions(session, { pids: [session.pid], users: ['dms_source'] }, 5000)
  const { busy } = await closeTables(session, fence, 1500)
  if (busy.length > 0) throw new Error(`busy: ${JSON.stringify(busy)}`)
  await session.query('select aurora_migration.commit_read_only($1::json)', [JSON.stringify(fence)])
}
