import { hasControlSchema } from '../control/plan-store.ts'
import { createdResources } from '../dms/created-resources.ts'
import type { Migration } from '../migration/schema.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { withOpen } from '../databases/with-open.ts'
import { MigrationError } from '../runtime/errors.ts'
import { controlChanges, readControlState } from '../target/control-changes.ts'
import { performChange } from '../target/database-change.ts'
import { workflowRun } from '../github/run.ts'
import type { CopyWork } from './copy-server.ts'
import { copyMethod, makeServer, promoteReplica, targetServer } from './make-server.ts'
import { readyCopy } from './ready-copy.ts'
import { checkStartPositions, ensureSlots, slotsOf } from './slots.ts'
import { forgetStartPositions, readStartPositions } from './start-positions.ts'

/** How the databases of a copy are opened: the target exists only when it has been made. */
export interface CopySessions {
  readonly source: Session
  readonly dmsSourceUser: string
  /** Asked for when the server is there: a secret may have its address from it. */
  readonly dmsTargetUser: () => Promise<string>
  /** Logins of DMS's source user, who came along with the copy. */
  readonly openDmsSource: () => Promise<Session>
  readonly openDmsCopy: () => Promise<Session>
  readonly openCopy: () => Promise<Session>
  /** Line `redo done` of the restored instance's log. */
  readonly redoDone: () => Promise<string | undefined>
}

/**
 * Makes the target's server where the migration file says so: slots first, then the copy, then the LSN at which its
 * rows stand, noted on the source. Gives false in a dry run where there is no target yet. A second run changes
 * nothing. Does nothing where the target is there and DMS loads it.
 */
export async function makeCopy(
  work: CopyWork,
  migration: Migration,
  plan: Plan,
  sessions: CopySessions,
): Promise<boolean> {
  const method = copyMethod(migration)
  const { source } = sessions
  const { log } = work.context
  if (plan.load.by === 'existing') {
    const { lsn } = plan.load
    await ensureSlots({ control: source, dms: source, log, changes: work.changes }, plan, true)
    if (!work.dryRun && !(await hasTasks(source, plan)))
      await withOpen(sessions.openDmsSource, async (dms) => checkStartPositions(dms, slotsOf(plan), lsn))
    return true
  }
  if (method === undefined) return true

  const { kind, identifier } = targetServer(migration)
  const there = await work.target.states.server(kind, identifier)
  const state = await readControlState(source, 'source', plan, sessions.dmsSourceUser)
  const slots = slotsOf(plan)
  for (const change of controlChanges('source', state, plan, sessions.dmsSourceUser)) {
    work.changes.push(`source: ${work.dryRun ? 'would ' : ''}${change.title}`)
    if (work.dryRun)
      for (const statement of change.statements) log.line(`would run on the source: ${statement}`)
    else await performChange(source, change, { migration: plan.migration, run: workflowRun(), log })
  }
  if (work.dryRun) {
    for (const slot of slots)
      log.line(`would create the replication slot ${slot} on the source, unless it is there`)
  } else if (slots.length > 0) {
    await withOpen(sessions.openDmsSource, async (dms) =>
      ensureSlots({ control: source, dms, log, changes: work.changes }, plan, there !== undefined),
    )
  }
  // What is noted of a copy that has gone says nothing of the one that is made now.
  if (there === undefined && !work.dryRun) await forgetStartPositions(source, plan)
  const made = await makeServer(work, migration, method)
  if (made === undefined || work.dryRun) return there !== undefined
  if (method.by === 'aurora-replica') await promoteReplica(work, made)
  const noted = await isNoted(source, plan)
  const { openDmsSource, openDmsCopy, redoDone } = sessions
  const dmsUsers = { source: sessions.dmsSourceUser, target: await sessions.dmsTargetUser() }
  const ready = {
    control: source,
    openDmsSource,
    openDmsCopy,
    dmsUsers,
    redoDone,
    log,
    changes: work.changes,
  }
  await withOpen(sessions.openCopy, async (copy) => readyCopy({ ...ready, copy }, plan, noted))
  return true
}

/** A task that was made for the copy moves its slot on; create-task judges where a new one would begin. */
async function hasTasks(source: Session, plan: Plan): Promise<boolean> {
  if (!(await hasControlSchema(source))) return false
  const made = await createdResources(source, plan.migration)
  return plan.tasks.some((task) =>
    made.some(
      ({ kind, identifier, arn }) =>
        /^replication-(task|config)$/u.test(kind) && identifier === task.identifier && arn !== null,
    ),
  )
}

async function isNoted(source: Session, plan: Plan): Promise<boolean> {
  try {
    await readStartPositions(source, plan)
    return true
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'precondition') return false
    throw error
  }
}
