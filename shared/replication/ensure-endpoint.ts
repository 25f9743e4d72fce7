import type { NewEndpoint } from '../dms/endpoint-document.ts'
import { endpoints, type Endpoint } from '../dms/endpoints.ts'
import { resourceTags } from '../dms/resource-tags.ts'
import { refuseProblems } from '../runtime/errors.ts'
import { poll } from '../runtime/poll.ts'
import { endpointProblems, foreignEndpointProblems, type NamedEndpoint } from './adopt.ts'
import { createRecorded, futureArn, noteAdopted, plan, takenError, type AwsWork } from './aws-work.ts'
import { renewLogin } from './give-login.ts'

/** An endpoint of ours, active. `renewed`: it was given its login anew, so that former connection tests prove nothing. */
export interface EnsuredEndpoint {
  readonly arn: string
  readonly renewed: boolean
}

/** An endpoint as the document says, active; one that is there is adopted if it agrees. */
export async function ensureEndpoint(
  work: AwsWork,
  identifier: string,
  wanted: NewEndpoint,
): Promise<EnsuredEndpoint> {
  const { signal, clock } = work.context
  const port = endpoints(work.client, signal)
  const found = await settled(work, identifier)
  if (found !== undefined) {
    const tags = await resourceTags(work.client, signal).read(found.arn)
    refuseProblems('refused', endpointProblems(found, wanted.document, tags, work.tags.migration))
    await noteAdopted(work, found)
    const { arn } = found
    return { arn, renewed: await renewLogin(work, { identifier, arn, told: wanted }, tags) }
  }
  if (work.dryRun) {
    plan(work, 'CreateEndpoint', { EndpointIdentifier: identifier, ...wanted.document })
    return { arn: futureArn(identifier), renewed: false }
  }
  await createRecorded(work, { kind: 'endpoint', identifier }, () =>
    port.create(identifier, wanted, work.tags),
  )
  const started = clock.elapsed()
  return poll(
    async () => {
      const [seen] = await port.describe([identifier])
      if (seen === undefined && clock.elapsed() - started > 120_000) throw takenError('endpoint', identifier)
      if (seen?.status === 'active') return { done: true, value: { arn: seen.arn, renewed: false } }
      const status = seen?.status ?? 'not visible yet'
      return { done: false, reason: `endpoint ${identifier} is ${status}`, progress: status }
    },
    {
      clock,
      signal,
      deadlineMs: 600_000,
      what: `endpoint ${identifier}`,
      remedy: 'Look at it in the DMS console, then run the job again.',
    },
  )
}

/** An endpoint that the file names: it is compared in what the migration rests on, and never changed. Gives its ARN. */
export async function adoptEndpoint(work: AwsWork, named: NamedEndpoint): Promise<string> {
  const found = await settled(work, named.identifier)
  refuseProblems('refused', foreignEndpointProblems(found, named))
  return found?.arn ?? ''
}

/** What is there under the identifier; one that is being deleted is waited for until it is gone. */
async function settled(work: AwsWork, identifier: string): Promise<Endpoint | undefined> {
  const { signal, clock, log } = work.context
  const port = endpoints(work.client, signal)
  return poll(
    async () => {
      const [seen] = await port.describe([identifier])
      if (seen?.status !== 'deleting') return { done: true, value: seen }
      return { done: false, reason: `endpoint ${identifier} is still being deleted`, progress: '' }
    },
    {
      clock,
      signal,
      deadlineMs: 900_000,
      what: `the deletion of endpoint ${identifier}`,
      remedy: 'Look at it in the DMS console, then run the job again.',
      onReason: (reason) => log.line(reason),
    },
  )
}
