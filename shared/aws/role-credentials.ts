import { MigrationError } from '../runtime/errors.ts'

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
    const problem = {
      field: 'aws.role',
      value: role,
      message: `the role cannot be assumed: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy:
        'Allow sts:AssumeRole on it to the role of this job, and name that role in its own trust policy.',
    }
    throw new MigrationError('precondition', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
      cause,
    })
  }
}

/** STS takes 2 to 64 letters, digits and `+=,.@_-` (API reference, AssumeRole). */
function sessionName(run: string): string {
  return `aurora-migration-${run.replaceAll(/[^\w+=,.@-]/gu, '-')}`.slice(0, 64)
}
