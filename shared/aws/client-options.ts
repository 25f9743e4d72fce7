import { MigrationError } from '../runtime/errors.ts'

/** What every AWS client of ours is made with. */
export interface AwsClientOptions {
  readonly region: string
  readonly customUserAgent: [string, string][]
  readonly maxAttempts: number
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
    maxAttempts: 8,
  }
}
