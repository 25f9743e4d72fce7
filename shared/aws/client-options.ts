import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { MigrationError } from '../runtime/errors.ts'

/** What every AWS client of ours is made with. */
export interface AwsClientOptions {
  readonly region: string
  readonly customUserAgent: [string, string][]
  readonly retryStrategy: ConfiguredRetryStrategy
}

const mostAttempts = 8

/** Doubled each time with jitter, but short: the SDK's pause cannot be cut, and a cancelled action must end within 5 s. */
function retryPauseMs(attempt: number): number {
  return Math.min(100 * 2 ** attempt, 3000) * (0.5 + Math.random() / 2)
}

/**
 * Options for an AWS SDK client: the job's region, a user agent that leads from CloudTrail back to the run, and more
 * attempts than the SDK's three, since DMS throttles early (DMS User Guide, Limits). Endpoints come from
 * AWS_ENDPOINT_URL* as the SDK reads them. Throws `precondition` without a region.
 */
export function awsClientOptions(environment: NodeJS.ProcessEnv = process.env): AwsClientOptions {
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? ''
  if (region === '') {
    throw new MigrationError('precondition', 'no AWS region is set', {
      remedy: 'Run aws-actions/configure-aws-credentials with `aws-region` before this action.',
      problems: [
        {
          field: 'AWS_REGION',
          message: 'no AWS region is set',
          remedy: 'Run aws-actions/configure-aws-credentials with `aws-region` before this action.',
        },
      ],
    })
  }
  return {
    region,
    customUserAgent: [
      ['aurora-migration-actions', '0.1.0'],
      ['run', environment.GITHUB_RUN_ID ?? 'local'],
    ],
    retryStrategy: new ConfiguredRetryStrategy(mostAttempts, retryPauseMs),
  }
}
