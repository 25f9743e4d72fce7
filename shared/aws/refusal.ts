import { MigrationError } from '../runtime/errors.ts'

/**
 * What an AWS call threw, as an error of ours: `cancelled`, `precondition` where the service refused, `unavailable`
 * where it may work another time. `action`: what IAM calls it, for example `kms:DescribeKey`.
 */
export function refusal(cause: unknown, action: string, about: string): MigrationError {
  if (cause instanceof MigrationError) return cause
  const name = cause instanceof Error ? cause.name : ''
  if (name === 'AbortError') return new MigrationError('cancelled', 'the run was cancelled', { cause })
  const said = cause instanceof Error ? cause.message : String(cause)
  const refused = cause instanceof Error && '$fault' in cause && cause.$fault === 'client'
  return new MigrationError(
    refused ? 'precondition' : 'unavailable',
    `${action} of ${about} failed: ${said}`,
    {
      remedy: `Allow ${action} to the role of this job.`,
      cause,
    },
  )
}
