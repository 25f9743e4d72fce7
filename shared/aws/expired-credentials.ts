/**
 * What the SDK and the services call credentials that have run out (SDK for JavaScript, service error names; STS and the
 * DMS, RDS and CloudWatch APIs, common errors). `CredentialsProviderError`: there are none any more to be had.
 */
const names: ReadonlySet<string> = new Set([
  'ExpiredTokenException',
  'ExpiredToken',
  'RequestExpired',
  'TokenRefreshRequired',
  'CredentialsProviderError',
])

/** Whether an error, or what it was caused by, is that the credentials of the job have ended. */
export function credentialsExpired(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (names.has(cause.name)) return true
  return false
}
