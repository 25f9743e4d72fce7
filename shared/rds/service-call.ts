import { MigrationError } from '../runtime/errors.ts'

/** Names of errors by which RDS says that there is no such server; by name, as not all of them are classes. */
const absent = ['DBInstanceNotFoundFault', 'DBInstanceNotFound', 'DBClusterNotFoundFault']
const denied = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']

/** RDS says that there is no such server. */
export function isAbsent(error: unknown): boolean {
  const cause = error instanceof MigrationError ? error.cause : error
  return cause instanceof Error && absent.includes(cause.name)
}

/**
 * One call of RDS. Throws `cancelled`, `precondition` where RDS refused (absent and denied among it), and `unavailable`
 * where it may work another time. `about` is named in the message.
 */
export async function call<T>(operation: string, about: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : ''
    if (name === 'AbortError') throw new MigrationError('cancelled', 'the run was cancelled', { cause })
    const said = cause instanceof Error ? cause.message : String(cause)
    // A fault of the client is an answer: the same call will be refused again. Anything else may pass.
    const known = absent.includes(name) || denied.includes(name) || isClientFault(cause)
    throw new MigrationError(
      known ? 'precondition' : 'unavailable',
      `${operation} of ${about} failed: ${said}`,
      {
        remedy: denied.includes(name)
          ? `Allow rds:${operation} to the role of this job.`
          : 'Check the identifier in the migration file, the region and the AWS credentials of the job.',
        cause,
      },
    )
  }
}

function isClientFault(cause: unknown): boolean {
  return (
    cause instanceof Error && '$fault' in cause && cause.$fault === 'client' && !/throttl/iu.test(cause.name)
  )
}
