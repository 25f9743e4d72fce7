import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { MigrationError } from '../runtime/errors.ts'
import type { AwsAccount } from './accounts.ts'
import { roleCredentials, type RoleCredentials } from './role-credentials.ts'

/** What every AWS client of ours is made with. */
export interface AwsClientOptions {
  readonly region: string
  readonly customUserAgent: [string, string][]
  readonly retryStrategy: ConfiguredRetryStrategy
  readonly requestHandler: typeof patience
  /** Left out where the job's own credentials are to be used. */
  readonly credentials?: RoleCredentials
}

const mostAttempts = 8

/** In ms. The SDK itself waits for ever on a network that swallows packets; what is given up is tried again. */
export const patience = { connectionTimeout: 5000, requestTimeout: 60_000, throwOnRequestTimeout: true }

/** Doubled each time with jitter, but short: the SDK's pause cannot be cut, and a cancelled action must end within 5 s. */
function retryPauseMs(attempt: number): number {
  return Math.min(100 * 2 ** attempt, 3000) * (0.5 + Math.random() / 2)
}

/**
 * Options for an AWS SDK client: the account's region and role, else those of the job; a user agent that leads from
 * CloudTrail back to the run, and more attempts than the SDK's three, since DMS throttles early (DMS User Guide, Limits).
 * Endpoints come from AWS_ENDPOINT_URL* as the SDK reads them. Throws `precondition` without a region.
 */
export function awsClientOptions(
  account: AwsAccount = {},
  environment: NodeJS.ProcessEnv = process.env,
): AwsClientOptions {
  const region = account.region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? ''
  const run = environment.GITHUB_RUN_ID ?? 'local'
  if (region === '') {
    const problem = {
      field: 'AWS_REGION',
      message: 'no AWS region is set',
      remedy: 'Run aws-actions/configure-aws-credentials with `aws-region` before this action.',
    }
    throw new MigrationError('precondition', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
    })
  }
  return {
    region,
    customUserAgent: [
      ['aurora-migration-actions', '0.1.0'],
      ['run', run],
    ],
    requestHandler: patience,
    retryStrategy: new ConfiguredRetryStrategy(mostAttempts, retryPauseMs),
    ...(account.role === undefined
      ? {}
      : { credentials: roleCredentials(account.role, region, run, patience) }),
  }
}
