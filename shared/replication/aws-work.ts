import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import {
  completeResource,
  recordResource,
  type ControlDatabase,
  type CreatedResource,
} from '../dms/created-resources.ts'
import type { MigrationTags } from '../dms/tags.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { ActionContext } from '../runtime/run-action.ts'

/** What every step in AWS needs. */
export interface AwsWork {
  readonly client: DatabaseMigrationServiceClient
  readonly context: ActionContext
  /** The source's control schema: what is made is noted there first, so that another runner finds it. */
  readonly control: ControlDatabase
  readonly tags: MigrationTags
  readonly dryRun: boolean
  /** One line for every change made, or in a dry run the call that would make it. */
  readonly changes: string[]
}

/** An ARN that a dry run cannot know. */
export function futureArn(identifier: string): string {
  return `<ARN of ${identifier}>`
}

/** In a dry run: prints the call that would be made. */
export function plan(work: AwsWork, call: string, input: unknown): void {
  const line = `${call} ${JSON.stringify(input, undefined, 2)}`
  work.changes.push(`${call} ${identifierOf(input)}`)
  work.context.log.line(`would call ${line}`)
}

function identifierOf(input: unknown): string {
  const entry = Object.entries(input ?? {}).find(([key]) => key.endsWith('Identifier') || key.endsWith('Arn'))
  return entry === undefined ? '' : String(entry[1])
}

/**
 * Makes one resource: notes the intent, makes it, notes its ARN, says so. `create` gives undefined where the
 * identifier is taken: another run was faster, and its resource is to be adopted by the caller's next look.
 */
export async function createRecorded(
  work: AwsWork,
  resource: Omit<CreatedResource, 'arn'>,
  create: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const { migration } = work.tags
  await recordResource(work.control, migration, { ...resource, arn: null })
  const arn = await create()
  if (arn === undefined) return undefined
  await recordResource(work.control, migration, { ...resource, arn })
  const line = `created ${resource.kind.replace('-', ' ')} ${resource.identifier} (${arn})`
  work.changes.push(line)
  work.context.log.line(line)
  return arn
}

/** What a former run made: its ARN is noted where that run was ended before it could. */
export async function noteAdopted(
  work: AwsWork,
  resource: { readonly identifier: string; readonly arn: string },
): Promise<void> {
  if (!work.dryRun) await completeResource(work.control, work.tags.migration, resource)
}

/** Two runs at once: the identifier was taken, but nothing is there to adopt. */
export function takenError(kind: string, identifier: string): MigrationError {
  return new MigrationError(
    'unavailable',
    `AWS says that the ${kind} ${identifier} exists, but does not show it`,
    {
      remedy: 'Run the job again in a minute; AWS may still be deleting one of that name.',
    },
  )
}
