import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { assessmentRuns } from '../dms/assessment-runs.ts'
import { computeOf, computeOfArn } from '../dms/compute.ts'
import { endpoints } from '../dms/endpoints.ts'
import { replicationInstances } from '../dms/replication-instances.ts'
import { replications } from '../dms/replications.ts'
import { resourceTags } from '../dms/resource-tags.ts'
import { migrationTag } from '../dms/tags.ts'
import { poll } from '../runtime/poll.ts'
import { belongsTo } from './belonging.ts'
import type { CleanupStep } from './cleanup-step.ts'
import { allDmsResources, removeAssessmentRun, removeDms, type DmsResource } from './dms-resources.ts'
import { forgetResource, recordedResources, type CleanupWork } from './work.ts'

/** What of DMS is to go, and what bears a similar name and stays. */
export interface DmsSight {
  readonly ours: readonly DmsResource[]
  /** ARNs that the input named and that belong to another migration. */
  readonly refused: readonly { readonly arn: string; readonly owner: string }[]
  /** Sentences for the report. */
  readonly leftAlone: readonly string[]
  /** Premigration assessments of our tasks, by the task's ARN. */
  readonly assessments: ReadonlyMap<string, readonly { readonly arn: string; readonly name: string }[]>
}

/** Looks for what the migration made: by its tag among all that bears its name, and by the ARNs in both journals. */
export async function readDms(client: DatabaseMigrationServiceClient, work: CleanupWork): Promise<DmsSight> {
  const { migration, named } = work
  const { signal } = work.context
  const recorded = recordedResources(work)
  const serverless =
    computeOf(migration) === 'serverless' ||
    recorded.some(({ kind }) => kind === 'replication-config') ||
    named.arns.some((arn) => computeOfArn(arn) === 'serverless')
  const candidates = (await allDmsResources(client, serverless, signal)).filter(
    ({ identifier, arn }) =>
      identifier.startsWith(`aurora-migration-${migration.name}`) ||
      recorded.some((resource) => resource.arn === arn || resource.identifier === identifier) ||
      named.arns.includes(arn),
  )
  const tags = resourceTags(client, signal)
  const ours: DmsResource[] = []
  const refused: { arn: string; owner: string }[] = []
  const leftAlone: string[] = []
  for (const found of candidates) {
    const owner = (await tags.read(found.arn))[migrationTag]
    const verdict = belongsTo({ ...found, owner }, migration.name, recorded, named.arns)
    if (verdict === 'ours' || verdict === 'named') ours.push(found)
    else if (named.arns.includes(found.arn)) refused.push({ arn: found.arn, owner: owner ?? '' })
    else
      leftAlone.push(
        `${spoken(found)} ${found.identifier}: ${owner === undefined ? 'has no tag of this migration' : `belongs to the migration ${owner}`}`,
      )
  }
  const assessments = new Map<string, { arn: string; name: string }[]>()
  if (migration.dms.assessment !== undefined)
    for (const { kind, arn } of ours)
      if (kind === 'replication-task')
        assessments.set(arn, await assessmentRuns(client, signal).describe(arn))
  return { ours, refused, leftAlone, assessments }
}

const tasksOf = (sight: DmsSight) =>
  sight.ours.filter(({ kind }) => kind === 'replication-task' || kind === 'replication-config')

/** ARNs of the tasks that were ever made, gone ones too: their slots bear the name of it. */
export function taskArns(work: CleanupWork, sight: DmsSight): string[] {
  const noted = recordedResources(work).filter(({ kind }) => /^replication-(task|config)$/u.test(kind))
  return [...new Set([...noted.flatMap(({ arn }) => arn ?? []), ...tasksOf(sight).map(({ arn }) => arn)])]
}

/** Stops what runs, and waits until it has stopped: a slot that is read cannot be dropped, a task that runs not deleted. */
export function stopSteps(
  client: DatabaseMigrationServiceClient,
  work: CleanupWork,
  sight: DmsSight,
): CleanupStep[] {
  return tasksOf(sight).map((task) => ({
    id: stopId(task),
    where: 'AWS' as const,
    title: `stop the ${spoken(task)} ${task.identifier}`,
    commands: [
      `${task.kind === 'replication-task' ? 'StopReplicationTask' : 'StopReplication'} ${task.arn} (where it runs)`,
    ],
    after: [],
    perform: () => stop(client, work, task),
  }))
}

/** Whether a task's step of stopping is done, for what must come after it. */
export function stopId({ arn }: Pick<DmsResource, 'arn'>): string {
  return `stop ${arn}`
}

/** Everything else in DMS, in the order in which DMS lets go of it. */
export function deleteStages(
  client: DatabaseMigrationServiceClient,
  work: CleanupWork,
  sight: DmsSight,
): {
  readonly assessments: CleanupStep[]
  readonly tasks: CleanupStep[]
  readonly endpoints: CleanupStep[]
  readonly instances: CleanupStep[]
} {
  const { signal } = work.context
  const tasks = tasksOf(sight)
  const deletions = tasks.map((task) => `delete ${task.arn}`)
  const deletion = (found: DmsResource, call: string, after: readonly string[]): CleanupStep => ({
    id: `delete ${found.arn}`,
    where: 'AWS',
    title: `delete the ${spoken(found)} ${found.identifier}`,
    commands: [`${call} ${found.arn}`],
    after,
    removes: found.identifier,
    perform: () => remove(client, work, found),
  })
  const endpointSteps = sight.ours
    .filter(({ kind }) => kind === 'endpoint')
    .map((found) => deletion(found, 'DeleteEndpoint', deletions))
  return {
    assessments: [...sight.assessments.values()].flat().map(({ arn, name }) => ({
      id: `delete ${arn}`,
      where: 'AWS',
      title: `delete the record of the assessment ${name}`,
      commands: [`DeleteReplicationTaskAssessmentRun ${arn}`],
      after: [],
      perform: () => removeAssessmentRun(client, arn, signal),
    })),
    tasks: tasks.map((task) =>
      deletion(task, task.kind === 'replication-task' ? 'DeleteReplicationTask' : 'DeleteReplicationConfig', [
        stopId(task),
      ]),
    ),
    endpoints: endpointSteps,
    instances: sight.ours
      .filter(({ kind }) => kind === 'replication-instance')
      .map((found) => deletion(found, 'DeleteReplicationInstance', deletions)),
  }
}

/** Undefined: gone. */
type Look = () => Promise<string | undefined>

function lookAt(client: DatabaseMigrationServiceClient, found: DmsResource, signal: AbortSignal): Look {
  const { kind, arn, identifier } = found
  return async () => {
    if (kind === 'endpoint')
      return (await endpoints(client, signal).describe([identifier])).find((one) => one.arn === arn)?.status
    if (kind === 'replication-instance')
      return (await replicationInstances(client, signal).describe({ arns: [arn] }))[0]?.status
    return (await replications(computeOfArn(arn), client, signal).describe({ arns: [arn] }))[0]?.status
  }
}

/** From these DMS lets a task be deleted (dms.md, transitions); `ready` is one that never ran. */
const still = new Set(['ready', 'stopped', 'failed', 'failed-move', 'deleting'])

async function stop(
  client: DatabaseMigrationServiceClient,
  work: CleanupWork,
  task: DmsResource,
): Promise<void> {
  const { signal } = work.context
  const look = lookAt(client, task, signal)
  const port = replications(computeOfArn(task.arn), client, signal)
  await wait(work, task, 'stop', async () => {
    const status = await look()
    if (status === undefined || still.has(status)) return undefined
    if (status === 'running') await port.stop(task.arn)
    return status
  })
}

async function remove(
  client: DatabaseMigrationServiceClient,
  work: CleanupWork,
  found: DmsResource,
): Promise<void> {
  const { signal } = work.context
  const look = lookAt(client, found, signal)
  let asked = false
  await wait(work, found, 'be deleted', async () => {
    const status = await look()
    if (status === undefined) return undefined
    if (status === 'deleting' || asked) return status
    if (found.kind === 'endpoint' || found.kind === 'replication-instance')
      await removeDms(client, found.kind, found.arn, signal)
    else await replications(computeOfArn(found.arn), client, signal).remove(found.arn)
    asked = true
    return status
  })
  await forgetResource(work, found.identifier)
}

/** Looks until there is nothing more to wait for. */
async function wait(
  work: CleanupWork,
  found: DmsResource,
  verb: string,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const { clock, signal, log } = work.context
  await poll(
    async () => {
      const status = await look()
      if (status === undefined) return { done: true, value: undefined }
      return { done: false, reason: `${spoken(found)} ${found.identifier} is ${status}`, progress: status }
    },
    {
      clock,
      signal,
      // A task was seen to take six minutes, an instance takes longer.
      deadlineMs: 3_600_000,
      what: `the ${spoken(found)} ${found.identifier} to ${verb}`,
      remedy: 'Look at it in the DMS console, then run cleanup again: it goes on where it was.',
      onReason: (reason) => log.debug(reason),
    },
  )
}

function spoken({ kind }: Pick<DmsResource, 'kind'>): string {
  return kind.replace('-', ' ')
}
