import { credentialsExpired } from '../aws/expired-credentials.ts'
import { MigrationError } from '../runtime/errors.ts'

/** DMS's errors are judged by name: some that it sends are not modelled in the SDK, so `instanceof` misses them. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name)
}

const denied = ['AccessDeniedException', 'AccessDeniedFault', 'AccessDenied', 'UnauthorizedOperation']
const unknownKey = ['UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidSignatureException']
const throttled = ['ThrottlingException', 'Throttling', 'TooManyRequestsException']

/**
 * What an AWS call threw, as an error of ours. `call` is the API operation, `field` the object or input concerned.
 * Cancellation stays `cancelled`; refusals of the service are `precondition`; what may pass is `unavailable`.
 */
export function serviceError(cause: unknown, call: string, field: string): MigrationError {
  if (cause instanceof MigrationError) return cause
  if (isNamed(cause, 'AbortError')) return new MigrationError('cancelled', 'the run was cancelled', { cause })
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  const problem = {
    field,
    message: `AWS refused ${call}: ${said}`,
    remedy: `Look ${call} up in CloudTrail, correct what it says, and run the job again; every step can be repeated.`,
  }
  if (isNamed(cause, ...denied)) problem.remedy = `Allow dms:${call} to the role of this job.`
  if (isNamed(cause, ...unknownKey))
    problem.remedy = 'Check the credentials and the region that configure-aws-credentials set.'
  const expired = credentialsExpired(cause)
  if (expired) {
    problem.message = `the AWS credentials of this job have expired (${call})`
    problem.remedy =
      'Run the job again: it goes on where it was. Raise role-duration-seconds if this happens often.'
  }
  const passing = !expired && (isNamed(cause, ...throttled) || !answered(cause))
  if (passing) {
    problem.message = `AWS did not carry out ${call}: ${said}`
    problem.remedy =
      'Run the job again; it goes on where it was. Check the network path to the DMS endpoint if this stays.'
  }
  return new MigrationError(passing ? 'unavailable' : 'precondition', problem.message, {
    remedy: problem.remedy,
    problems: [problem],
    cause,
  })
}

/** Whether the service itself said no (a 4xx), as opposed to a network error or a fault of the service. */
function answered(cause: unknown): boolean {
  return cause instanceof Error && '$fault' in cause && cause.$fault === 'client'
}
