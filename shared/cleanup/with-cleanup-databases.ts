import { sideLogin } from '../databases/open-database.ts'
import { takeTurn, turnSettings } from '../cutover/turn.ts'
import type { Migration } from '../migration/schema.ts'
import { openSession, type Session } from '../postgres/session.ts'
import { refuseProblems } from '../runtime/errors.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import { lastingSession } from '../waiting/lasting-session.ts'
import { preparing, takeRunLock } from '../waiting/run-lock.ts'
import { readDatabase, type Side } from './database-sight.ts'
import { sides, type CleanupWork, type OpenDatabase } from './work.ts'

export interface CleanupDatabases {
  readonly databases: CleanupWork['databases']
}

/**
 * Opens the databases that are still there and looks at them. Nothing else of this migration may run meanwhile: no cutover, whose
 * turn is taken on both sides, and nothing that makes tasks. A dry run takes no lock. Throws `refused` where a server answers
 * that is said to be gone, or where another run is at work.
 */
export async function withCleanupDatabases<T>(
  order: { readonly migration: Migration; readonly gone: Side | undefined; readonly dryRun: boolean },
  context: ActionContext,
  work: (databases: CleanupDatabases) => Promise<T>,
): Promise<T> {
  const { migration, gone, dryRun } = order
  const { signal } = context
  const open: Session[] = []
  const turns: { stop: () => void }[] = []
  const kept = <S extends Session>(session: S): S => {
    open.push(session)
    return session
  }
  try {
    if (gone !== undefined) await demandGone(migration, gone, signal)
    const databases: Partial<Record<Side, OpenDatabase>> = {}
    for (const side of sides) {
      if (side === gone) continue
      const login = await sideLogin(migration, side, signal)
      const first = await openSession(login, { label: side, application: 'aurora-migration cleanup', signal })
      const session = kept(lastingSession(first))
      if (!dryRun) {
        const holder = kept(await session.another(turnSettings))
        turns.push(await takeTurn(holder, migration.name))
        await takeRunLock(holder, migration.name, preparing, context)
      }
      // When the locks are held: what is seen is then still so when it is acted on.
      const heartbeat = side === 'source' ? migration.dms.source.heartbeat?.schema : undefined
      databases[side] = {
        session,
        login,
        sight: await readDatabase(session, side, migration.name, heartbeat),
      }
    }
    return await work({ databases })
  } finally {
    for (const turn of turns) turn.stop()
    await Promise.all(open.map((session) => session.close()))
  }
}

/** A server that answers is not gone: what is on it would be forgotten for ever. */
async function demandGone(migration: Migration, gone: Side, signal: AbortSignal): Promise<void> {
  let answered: Session
  try {
    const login = await sideLogin(migration, gone, signal)
    answered = await openSession(login, { label: gone, application: 'aurora-migration cleanup', signal })
  } catch {
    return
  }
  await answered.close()
  refuseProblems('refused', [
    {
      field: 'gone',
      value: gone,
      message: `the ${gone} is said to be gone, but it answers`,
      remedy: 'Leave `gone` out: cleanup then removes what is on that server, too.',
    },
  ])
}
