import type { Session } from '../postgres/session.ts'

/** Opens a session, runs `work` with it, and closes it whatever happens. */
export async function withOpen<T>(
  open: () => Promise<Session>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await open()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}
