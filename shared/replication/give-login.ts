import type { NewEndpoint } from '../dms/endpoint-document.ts'
import { endpoints } from '../dms/endpoints.ts'
import { resourceTags } from '../dms/resource-tags.ts'
import { secretVersionTag } from '../dms/tags.ts'
import type { AwsWork } from './aws-work.ts'

/** An endpoint of ours that is there, with what it should have been told. */
export interface ToldEndpoint {
  readonly identifier: string
  readonly arn: string
  readonly told: NewEndpoint
}

/**
 * Tells DMS host, user and password anew: it keeps what it was told when the endpoint was made, and never shows the
 * password. False where the endpoint reads its secret by itself, or where a task that runs, or a test, is in the way.
 */
export async function giveLogin(
  work: AwsWork,
  { identifier, arn, told }: ToldEndpoint,
  why: string,
): Promise<boolean> {
  const { client, context } = work
  if (told.password === undefined) return false
  if (!(await endpoints(client, context.signal).giveLogin(arn, told))) return false
  // After the change: a run that is ended in between leaves a tag that makes the next one do it once more.
  if (told.secretVersion !== undefined)
    await resourceTags(client, context.signal).set(arn, secretVersionTag, told.secretVersion)
  const line = `gave endpoint ${identifier} its login anew, since ${why}`
  work.changes.push(line)
  context.log.line(line)
  return true
}

/** How long a connection test may be in the way. */
const patienceMs = 30_000

/**
 * The same where the secret has another version than the one that the endpoint was told from (its tag), or nothing says
 * which. True where it was told anew: former connection tests prove nothing then. A task that runs keeps its endpoint from
 * being changed; then this says so and leaves it.
 */
export async function renewLogin(
  work: AwsWork,
  endpoint: ToldEndpoint,
  tags: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { told, identifier } = endpoint
  if (told.password === undefined || tags[secretVersionTag] === told.secretVersion) return false
  const why = 'its secret has changed since it was told'
  if (work.dryRun) {
    work.changes.push(`ModifyEndpoint ${identifier}`)
    work.context.log.line(`would give endpoint ${identifier} its login anew, since ${why}`)
    return false
  }
  const { clock, signal, log } = work.context
  const began = clock.elapsed()
  while (!(await giveLogin(work, endpoint, why))) {
    if (clock.elapsed() - began > patienceMs) {
      log.warn(
        `endpoint ${identifier} cannot be given its login anew, though ${why}: a task that uses it runs. Should the password be another one, stop that task, run this job again, and resume the task.`,
      )
      return false
    }
    await clock.sleep(2000, signal)
  }
  return true
}
