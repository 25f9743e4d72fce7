import { openSession, type DatabaseLogin, type Session } from '../postgres/session.ts'

/** Sessions of the target that work at once: enough to keep a server busy, few enough to leave DMS its share. */
export const workerCount = 4

/**
 * Takes `jobs` one after another on up to `workerCount` sessions of their own, without a limit of time for a statement.
 * The first failure ends the taking of further jobs and is thrown when those under way have ended.
 */
export async function onWorkers<T>(
  login: DatabaseLogin,
  options: {
    readonly application: string
    readonly signal: AbortSignal
    readonly settings?: Readonly<Record<string, string>>
  },
  jobs: readonly T[],
  work: (session: Session, job: T) => Promise<void>,
): Promise<void> {
  const waiting = [...jobs]
  const failures: unknown[] = []
  const worker = async () => {
    const session = await openSession(login, {
      label: 'target',
      application: options.application,
      signal: options.signal,
      settings: { statement_timeout: '0', ...options.settings },
    })
    try {
      for (;;) {
        const job = waiting.shift()
        if (job === undefined || failures.length > 0) return
        await work(session, job)
      }
    } finally {
      await session.close()
    }
  }
  const settled = await Promise.all(
    Array.from({ length: Math.min(workerCount, jobs.length) }, () =>
      worker().catch((error: unknown) => {
        failures.push(error)
      }),
    ),
  )
  if (settled.length > 0 && failures.length > 0) throw failures[0]
}
