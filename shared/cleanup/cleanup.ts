import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { refuseProblems } from '../runtime/errors.ts'
import { forgetStateStatement } from '../target/statements.ts'
import { alarmSteps, readAlarms } from './alarm-steps.ts'
import type { CleanupStep } from './cleanup-step.ts'
import { controlStep, planControl } from './control-steps.ts'
import { deleteStages, readDms, stopSteps, taskArns } from './dms-steps.ts'
import { readLeftBehind, type LeftBehind } from './left-behind.ts'
import { putBackSteps } from './put-back-steps.ts'
import { readSnapshots, snapshotSteps } from './rds-steps.ts'
import { schemaSteps, sharedSchemas } from './schema-steps.ts'
import { chooseSlots, idleSlotSteps, leftSlotSteps, readSlotSteps } from './slot-steps.ts'
import { openDatabases, type CleanupWork, type OpenDatabase } from './work.ts'

export interface CleanupOptions {
  readonly keepJournal: boolean
  /** Give a target back that was never opened. */
  readonly liftGuard: boolean
}

export interface CleanupPlan {
  /** In order; what is in one stage may be done side by side. */
  readonly stages: readonly (readonly CleanupStep[])[]
  /** Sentences on what stays in the databases, and why. */
  readonly kept: readonly string[]
  /** Sentences on what bears a similar name and is somebody else's. */
  readonly leftAlone: readonly string[]
  readonly leftBehind: readonly LeftBehind[]
}

/**
 * Everything that is to be removed and put back, in order, from what is there now; changes nothing. Slots that nothing reads come
 * first, since they fill disks; the control schemas last, since they name what is left where something fails. Throws `refused`
 * where `also` names what belongs to another migration.
 */
export async function planCleanup(
  client: DatabaseMigrationServiceClient,
  work: CleanupWork,
  options: CleanupOptions,
): Promise<CleanupPlan> {
  const dms = await readDms(client, work)
  const alarms = await readAlarms(work)
  const snapshots = await readSnapshots(work)
  const tasks = taskArns(work, dms)
  const slots = chooseSlots(work, tasks)
  refuseOthers([...dms.refused, ...alarms.refused, ...snapshots.refused], slots.refused)

  const stops = stopSteps(client, work, dms)
  const stopped = stops.map(({ id }) => id)
  const deletions = deleteStages(client, work, dms)
  const deleted = deletions.tasks.map(({ id }) => id)
  const databases = fencedFirst(work)
  const inDatabases = [
    ...databases.flatMap((database) => putBackSteps(work, database, options.liftGuard)),
    ...databases.flatMap((database) => schemaSteps(work, database, deleted, tasks)),
  ]
  const removals = [
    idleSlotSteps(work, slots),
    alarmSteps(work, alarms),
    stops,
    readSlotSteps(work, slots, stopped),
    deletions.assessments,
    deletions.tasks,
    leftSlotSteps(work, tasks).map((step) => ({ ...step, after: deleted })),
    [...deletions.endpoints, ...deletions.instances, ...snapshotSteps(work, snapshots)],
    inDatabases,
  ]
  const before = removals.flat().map(({ id }) => id)
  const forgets = databases.flatMap((database) => forgetStep(work, database, before, removals.flat()) ?? [])
  const all = [...before, ...forgets.map(({ id }) => id)]
  const kept: string[] = []
  const controls: CleanupStep[] = []
  for (const database of databases) {
    const plan = await planControl(work, database, {
      keepJournal: options.keepJournal,
      lift: options.liftGuard,
    })
    kept.push(...plan.because, ...sharedSchemas(database))
    const step = controlStep(work, database, plan, all)
    if (step !== undefined) controls.push(step)
  }
  return {
    stages: [...removals, forgets, controls].filter((stage) => stage.length > 0),
    kept,
    leftAlone: dms.leftAlone,
    leftBehind: await readLeftBehind(work, client, slots),
  }
}

/** The fenced database remembers how the cleanup ended, also where the other one keeps nothing: so it comes first. */
function fencedFirst(work: CleanupWork): OpenDatabase[] {
  const { fenced } = work.stage
  return openDatabases(work).toSorted(
    (one, other) => Number(other.sight.side === fenced) - Number(one.sight.side === fenced),
  )
}

/** What a journal names, and for which there is nothing to delete: it is gone, was never made, or is a database. */
function forgetStep(
  work: CleanupWork,
  { session, sight }: OpenDatabase,
  after: readonly string[],
  steps: readonly CleanupStep[],
): CleanupStep | undefined {
  const gone = sight.resources.filter(
    ({ identifier }) => !steps.some(({ removes }) => removes === identifier),
  )
  if (gone.length === 0) return undefined
  const identifiers = gone.map(({ identifier }) => identifier)
  return {
    id: `forget ${sight.side}`,
    where: sight.side,
    title: `strike from the journal what is gone or stays: ${identifiers.join(', ')}`,
    commands: ["delete from aurora_migration.saved_state where kind = 'aws' and object = any (…)"],
    after,
    perform: async () => {
      await session.query(forgetStateStatement, [work.migration.name, 'aws', identifiers])
    },
  }
}

function refuseOthers(
  resources: readonly { readonly arn: string; readonly owner: string }[],
  slots: readonly string[],
): void {
  refuseProblems('refused', [
    ...resources.map(({ arn, owner }) => ({
      field: 'also',
      value: arn,
      message: `${arn} belongs to the migration ${owner}`,
      remedy: 'Run cleanup for that migration; this one has touched nothing.',
    })),
    ...slots.map((slot) => ({
      field: 'also',
      value: slot,
      message: `the replication slot ${slot} belongs to another migration of this database`,
      remedy: 'Run cleanup for that migration; this one has touched nothing.',
    })),
  ])
}
