import { MigrationError } from '../runtime/errors.ts'
import { credentialsExpired } from './expired-credentials.ts'

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** Gives the credentials of a role, new ones before they end. */
export type RoleCredentials = () => Promise<Credentials>

/** By role, region and run: the clients of one process share a session of the role. */
const sessions = new Map<string, RoleCredentials>()

/** As long before their end as the SDK renews its own. */
const renewBeforeMs = 300_000

/**
 * Credentials of a role that the job assumes, named after its run so that CloudTrail tells which it was. STS is asked when
 * they are first needed, as patiently as `requestHandler` says. Throws `precondition` where the role may not be assumed.
 */
export function roleCredentials(
  role: string,
  region: string,
  run: string,
  requestHandler: Readonly<Record<string, unknown>>,
): RoleCredentials {
  const key = `${role} ${region} ${run}`
  const known = sessions.get(key) ?? renewed(() => assume(role, run, { region, requestHandler }))
  sessions.set(key, known)
  return known
}

/** Asks again when what was given ends soon, and after a failure; callers at the same time share one answer. */
function renewed(ask: RoleCredentials): RoleCredentials {
  let current: Promise<Credentials> | undefined
  const asked = async () => {
    const answer = ask()
    current = answer
    try {
      return await answer
    } catch (error) {
      current = undefined
      throw error
    }
  }
  return async () => {
    const given = await (current ?? asked())
    const leftMs = (given.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now()
    return leftMs > renewBeforeMs ? given : asked()
  }
}

async function assume(
  role: string,
  run: string,
  clientConfig: { readonly region: string; readonly requestHandler: Readonly<Record<string, unknown>> },
): Promise<Credentials> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const provider = fromTemporaryCredentials({
    params: { RoleArn: role, RoleSessionName: sessionName(run) },
    clientConfig,
  })
  try {
    return await provider()
  } catch (cause) {
    const passing = !refused(cause)
    const problem = {
      field: 'aws.role',
      value: role,
      message: `the role cannot be assumed: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: passing
        ? 'Run the job again. Check the network path to STS if this stays.'
        : 'Allow sts:AssumeRole on it to the role of this job, and name that role in its own trust policy.',
    }
    // Sessions are renewed in the midst of waits, which outlive minutes without STS.
    throw new MigrationError(passing ? 'unavailable' : 'precondition', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
      cause,
    })
  }
}

/** Whether STS itself said no, as opposed to being busy or out of reach; having nothing to ask it with is a refusal, too. */
function refused(cause: unknown): boolean {
  if (!(cause instanceof Error)) return true
  if (['Throttling', 'ThrottlingException', 'TooManyRequestsException'].includes(cause.name)) return false
  return credentialsExpired(cause) || ('$fault' in cause && cause.$fault === 'client')
}

/** STS takes 2 to 64 letters, digits and `+=,.@_-` (API reference, AssumeRole). */
function sessionName(run: string): string {
  return `aurora-migration-${run.replaceAll(/[^\w+=,.@-]/gu, '-')}`.slice(0, 64)
}
