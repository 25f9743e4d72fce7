import { sqlState, type Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'

/**
 * A session for waits of hours: where the connection was lost, by a restart of the server say, the next statement opens
 * another one with the same login and settings. The statement that was under way throws `unavailable`: whether it was
 * carried out is not known, so nothing is repeated here. Not for what lives in a session, such as locks.
 */
export function lastingSession(first: Session): Session {
  let current: Promise<Session> | undefined = Promise.resolve(first)
  let counted = 0
  let pid = first.pid
  let latest: Session | undefined = first
  let closed = false

  const session = (): Promise<Session> => {
    current ??= first.another().then((opened) => {
      pid = opened.pid
      latest = opened
      return opened
    })
    // A connection that could not be opened is tried again by the next statement.
    current.catch(() => {
      current = undefined
    })
    return current
  }
  const lose = async (lost: Session): Promise<void> => {
    if (latest !== lost) return
    counted += lost.roundTrips
    latest = undefined
    current = undefined
    await lost.close()
  }

  return {
    get pid() {
      return pid
    },
    label: first.label,
    get roundTrips() {
      return counted + (latest?.roundTrips ?? 0)
    },
    query: async (statement, values = []) => {
      if (closed) throw new Error(`the session of the ${first.label} is closed`)
      const used = await session()
      try {
        return await used.query(statement, values)
      } catch (error) {
        if (!isLost(error)) throw error
        await lose(used)
        throw unavailable(first.label, error)
      }
    },
    another: (settings) => first.another(settings),
    close: async () => {
      closed = true
      const last = await current?.catch(() => undefined)
      await last?.close()
    },
  }
}

/** The server ended the connection (class 08, 57P), or the network did (`ECONNRESET`, or an error without any code). */
function isLost(error: unknown): boolean {
  if (error instanceof MigrationError) return error.code === 'unavailable'
  const state = sqlState(error)
  return state === undefined || /^(08|57P|E[A-Z]+$)/u.test(state)
}

function unavailable(label: string, cause: unknown): MigrationError {
  if (cause instanceof MigrationError) return cause
  const said = cause instanceof Error ? cause.message : String(cause)
  return new MigrationError('unavailable', `the connection to the ${label} database was lost: ${said}`, {
    remedy: 'Run the job again; every step can be repeated.',
    cause,
  })
}
