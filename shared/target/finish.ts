import { workflowRun, type WorkflowRun } from '../github/run.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { ReplicationTasks } from '../dms/replication-tasks.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import type { ServerParameters } from '../rds/server-parameters.ts'
import { systemClock, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { MigrationError } from '../runtime/errors.ts'
import { autovacuumBackChange, putAutovacuumBack } from './autovacuum.ts'
import { buildIndexes, indexesBackChange, indexWork, readSavedIndexes } from './build-indexes.ts'
import { compareObjects, type ObjectCount } from './compare-objects.ts'
import { journal, performChange, type DatabaseChange } from './database-change.ts'
import { readDecisions } from './decisions.ts'
import { foreignKeysBackChange, putForeignKeysBack } from './foreign-keys-back.ts'
import { postDataChange, putPostData } from './post-data.ts'
import { putReplicaRoleBack } from './replica-role.ts'
import { triggersChange } from './set-aside.ts'
import { awaitPause, pausedTasks, pausesAfterLoad, resumeTasks } from './task-pause.ts'
import { refreshChange, runConcurrently, vacuumChange } from './vacuum.ts'

export interface FinishOptions {
  readonly source: Session
  readonly target: Session
  /** For sessions of their own: indexes and VACUUM take several at once. */
  readonly targetLogin: DatabaseLogin
  readonly tasks: ReplicationTasks
  /** The target's parameter group; only for a plan in which it makes DMS's sessions replicas. */
  readonly parameters?: ServerParameters | undefined
  readonly plan: Plan
  readonly log: Log
  readonly signal: AbortSignal
  readonly dryRun: boolean
  readonly clock?: Clock
  readonly run?: WorkflowRun
}

export interface Finishing {
  readonly state: 'finished' | 'planned'
  readonly changes: readonly DatabaseChange[]
  /** Tasks that were started again, or would be. */
  readonly resumed: readonly string[]
  /** Objects of both sides, after the work. */
  readonly objects: readonly ObjectCount[]
}

/**
 * After the full load, while the tasks stand still where the plan lets them stop for it: indexes, foreign keys as NOT
 * VALID, the rest of a dumped schema; VACUUM (ANALYZE), autovacuum as it was; then the tasks start again. Sequences are not
 * touched. Each step is saved or journalled where it is made, and a second run changes nothing. Throws `precondition`
 * where the target was not prepared or a task has failed.
 */
export async function finishTarget(options: FinishOptions): Promise<Finishing> {
  // Hours may pass while other sessions work; networks and servers end idle ones.
  const awake = setInterval(() => {
    for (const session of [options.source, options.target])
      void session.query('select 1 as awake').catch(() => undefined)
  }, 30_000)
  try {
    return await finish(options)
  } finally {
    clearInterval(awake)
  }
}

async function finish(options: FinishOptions): Promise<Finishing> {
  const { target, plan, log, dryRun, signal } = options
  const context = { migration: plan.migration, run: options.run ?? workflowRun(), log }
  const row = (await readDecisions(target)).find(({ migration }) => migration === plan.migration)
  if (row?.prepared !== true) {
    throw new MigrationError('precondition', 'the target was not prepared by this migration', {
      remedy: 'Run create-task (or prepare-target) first.',
    })
  }
  const done = row.finished && !row.emptiedSince
  const work = { tasks: options.tasks, clock: options.clock ?? systemClock, signal, log }
  const pauses = pausesAfterLoad(plan)
  if (!done && pauses && !dryRun) await awaitPause(plan, work)

  const changes: DatabaseChange[] = []
  const take = async (
    change: DatabaseChange | undefined,
    perform: (change: DatabaseChange) => Promise<void>,
  ) => {
    if (change === undefined) return
    if (!dryRun) await perform(change)
    changes.push(change)
  }
  const parallel = { login: options.targetLogin, signal, context }
  const indexes = indexWork(await readSavedIndexes(target, plan.migration))
  await take(indexesBackChange(indexes), () => buildIndexes(target, indexes, parallel))
  // Where triggers are disabled one by one, those of foreign keys would act on DMS's rows: the opening puts the keys back.
  if (plan.duringLoad['replica-role'] !== 'disabled-triggers') {
    const keys = await foreignKeysBackChange(target, plan.migration)
    await take(keys, (change) => putForeignKeysBack(target, change, context))
  }
  await take(await postDataChange(target, plan.migration), (change) =>
    putPostData(change, plan, options.targetLogin, signal, context),
  )
  if (row.phase === 'guarded')
    await take(await triggersChange(target, plannedTables(plan), plan.duringLoad), (change) =>
      performChange(target, change, context),
    )
  if (!done) {
    await take(vacuumChange(plan), (change) => runConcurrently(change, parallel))
    await take(await refreshChange(target, plan), (change) => runConcurrently(change, parallel))
  }
  await take(await autovacuumBackChange(target, plan.migration), (change) =>
    putAutovacuumBack(target, change, context),
  )
  if (!done && !dryRun)
    await journal(target, context, 'target-finished', { tables: plannedTables(plan).length })

  if (options.parameters !== undefined && row.phase === 'opened' && !dryRun) {
    const role = { parameters: options.parameters, target, targetLogin: parallel.login, signal, context }
    const title = await putReplicaRoleBack(role)
    if (title !== undefined) changes.push({ side: 'target', title, undo: 'not needed', statements: [] })
  }

  const paused = pauses && row.phase === 'guarded' ? await pausedTasks(plan, work) : []
  if (paused.length > 0 && !dryRun) await resumeTasks(paused, plan, work)
  return {
    state: dryRun ? 'planned' : 'finished',
    changes,
    resumed: paused.map(({ identifier }) => identifier),
    objects: await compareObjects(options.source, target, plan),
  }
}
