import { connections } from '../dms/connections.ts'
import { MigrationError } from '../runtime/errors.ts'
import { poll } from '../runtime/poll.ts'
import { plan, type AwsWork } from './aws-work.ts'
import type { PlacedEndpoint } from './plan-endpoints.ts'
import { giveLogin } from './give-login.ts'

/** What is read sooner than this after asking for a test may still be the outcome of the test before. */
const staleMs = 5000

/**
 * A successful connection test from the replication instance to an endpoint: DMS starts no task without. Throws
 * `precondition` with DMS's own message where the test fails.
 */
export async function ensureConnection(
  work: AwsWork,
  endpoint: PlacedEndpoint,
  instanceArn: string,
): Promise<void> {
  const { signal, clock, log } = work.context
  const port = connections(work.client, signal)
  if (work.dryRun) {
    plan(work, 'TestConnection', { EndpointArn: endpoint.arn, ReplicationInstanceArn: instanceArn })
    return
  }
  const before = await port.describe(endpoint.arn, instanceArn)
  if (before?.status === 'successful' && endpoint.renewed !== true) return
  const { told } = endpoint
  if (before?.status === 'failed' && told !== undefined)
    await giveLogin(work, { ...endpoint, told }, 'its last connection test failed')
  let asked: number | undefined
  let seenTesting = before?.status === 'testing'
  await poll(
    async () => {
      asked ??= (await port.test(endpoint.arn, instanceArn)) === 'testing' ? clock.elapsed() : undefined
      const now = await port.describe(endpoint.arn, instanceArn)
      if (now?.status === 'testing') seenTesting = true
      const fresh = asked !== undefined && (seenTesting || clock.elapsed() - asked > staleMs)
      if (now?.status === 'successful' && (fresh || endpoint.renewed !== true))
        return { done: true, value: undefined }
      if (now?.status === 'failed' && fresh) throw failed(endpoint, now.failure)
      return {
        done: false,
        reason: `connection test of ${endpoint.identifier}: ${now?.status ?? 'not begun'}`,
        progress: now?.status ?? '',
      }
    },
    {
      clock,
      signal,
      deadlineMs: 900_000,
      what: `the connection test of ${endpoint.identifier}`,
      remedy:
        'Check the route from the replication instance to the database (subnet group, security groups).',
      onReason: (reason) => log.debug(reason),
    },
  )
  log.line(`connection to ${endpoint.identifier} tested`)
}

function failed(endpoint: { identifier: string; field: string }, message: string): MigrationError {
  const problem = {
    field: endpoint.field,
    message: `the connection test of ${endpoint.identifier} failed: ${message}`,
    remedy:
      'Check that the replication instance reaches the database (security groups, subnets), the secret that DMS reads (host, port, password without ; + % { } :), its access role, and dms.ssl-mode; then run the job again.',
  }
  return new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
}
