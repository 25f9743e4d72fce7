import { MigrationError } from './errors.ts'

/**
 * What `work` gives, or a `cancelled` MigrationError as soon as the signal aborts: for what cannot be broken off, such as
 * the pauses between the SDK's attempts. The work itself may go on unseen; what becomes of it then is nobody's business.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const end = () => reject(new MigrationError('cancelled', 'the run was cancelled'))
  // Whichever loses is not waited for.
  work.catch(() => undefined)
  ended.catch(() => undefined)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([ended, work])
  } finally {
    signal.removeEventListener('abort', end)
  }
}
