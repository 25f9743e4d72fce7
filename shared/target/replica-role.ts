import { quoted } from '../migration/identifier.ts'
import { withSession, type DatabaseLogin, type Session } from '../postgres/session.ts'
import type { ParameterSight, ServerParameters } from '../rds/server-parameters.ts'
import { systemClock } from '../runtime/clock.ts'
import { MigrationError } from '../runtime/errors.ts'
import { poll } from '../runtime/poll.ts'
import {
  inTransaction,
  journal,
  performChange,
  type ChangeContext,
  type DatabaseChange,
} from './database-change.ts'
import { forgetStateStatement, readSavedStateStatement } from './statements.ts'

/** Kind under which the parameter's former value is saved; the opening knows by it that sessions start as replicas. */
export const replicaRoleKind = 'replica-role'

const parameter = 'session_replication_role'

interface SavedRole {
  readonly group: string
  readonly kind: ParameterSight['kind']
  readonly before: string | null
}

/** What changing the parameter group takes. */
export interface ReplicaRoleWork {
  readonly parameters: ServerParameters
  readonly target: Session
  readonly targetLogin: DatabaseLogin
  readonly signal: AbortSignal
  readonly context: ChangeContext
}

/** The change that makes every session of the server a replica; undefined where the group says so already. */
export async function replicaRoleChange({
  parameters,
}: ReplicaRoleWork): Promise<DatabaseChange | undefined> {
  const sight = await parameters.look(parameter)
  if (sight.value === 'replica') return undefined
  const saved: SavedRole = { group: sight.group, kind: sight.kind, before: sight.value ?? null }
  return {
    side: 'target',
    title: `set ${parameter} = replica in the parameter group ${sight.group}`,
    undo: 'the opening starts sessions as ordinary ones again; then the parameter group gets its former value',
    commands: [modifyCommand(sight, 'replica')],
    statements: [],
    saved: { kind: replicaRoleKind, rows: [{ object: sight.group, definition: saved }] },
  }
}

/** Saves the former value, changes the group, and waits until new sessions really are replicas. */
export async function setReplicaRole(change: DatabaseChange, work: ReplicaRoleWork): Promise<void> {
  const { target, context } = work
  const saved = await target.query<{ object: string }>(readSavedStateStatement, [
    context.migration,
    replicaRoleKind,
  ])
  const groups = change.saved?.rows.map(({ object }) => object) ?? []
  // A run that ended before it changed the group has saved and journalled it.
  if (groups.some((group) => !saved.some(({ object }) => object === group)))
    await performChange(target, change, context)
  else context.log.line(`target: ${change.title}`)
  await work.parameters.change(await work.parameters.look(parameter), parameter, 'replica')
  await awaitRole(work, 'replica')
}

/** After a run that was ended between the change and its taking effect: waits where there is something to wait for. */
export async function awaitReplicaRole(work: ReplicaRoleWork): Promise<void> {
  await awaitRole(work, 'replica')
}

/**
 * After the opening: gives the parameter group its former value, waits until it acts, and takes the database's own
 * setting away, which stood in for it. Can be repeated. Gives what was done, or undefined where nothing was.
 */
export async function putReplicaRoleBack(work: ReplicaRoleWork): Promise<string | undefined> {
  const { target, context, parameters } = work
  const [row] = await target.query<{ object: string; definition: string }>(readSavedStateStatement, [
    context.migration,
    replicaRoleKind,
  ])
  if (row === undefined) return undefined
  const saved = JSON.parse(row.definition) as SavedRole
  const sight = await parameters.look(parameter)
  if (sight.group !== saved.group) {
    throw new MigrationError(
      'precondition',
      `the target uses the parameter group ${sight.group}; ${parameter} was changed in ${saved.group}`,
      { remedy: `Set ${parameter} in ${saved.group} to ${saved.before ?? 'its default'} by hand.` },
    )
  }
  // The database's own setting hides from sessions what the group says; when it acts the server loads its files anew.
  if ((sight.value ?? null) === saved.before) await settled(work)
  else {
    const [now] = await target.query<{ at: string }>('select clock_timestamp()::text as at')
    await parameters.change(sight, parameter, saved.before ?? undefined)
    await settled(work, now?.at)
  }
  const title = `put ${parameter} of the parameter group ${saved.group} back to ${saved.before ?? 'its default'}`
  await inTransaction(target, { side: 'target', title }, async () => {
    const [database] = await target.query<{ name: string }>('select current_database()::text as name')
    await target.query(`alter database ${quoted(database?.name ?? '')} reset ${parameter}`)
    await target.query(forgetStateStatement, [context.migration, replicaRoleKind, [row.object]])
    await journal(target, context, 'changed', { title })
  })
  context.log.line(`target: ${title}`)
  return title
}

/** RDS says that the group acts, and the server has loaded its configuration since `changedAt`. */
async function settled(work: ReplicaRoleWork, changedAt?: string): Promise<void> {
  const { parameters, signal, context, target } = work
  await poll(
    async () => {
      const { inSync, group } = await parameters.look(parameter)
      if (!inSync)
        return { done: false, reason: `the parameter group ${group} is not in sync yet`, progress: '' }
      const [row] = await target.query<{ loaded: boolean }>(
        'select coalesce(pg_conf_load_time() > $1::timestamptz, true) as loaded',
        [changedAt ?? null],
      )
      return row?.loaded === true
        ? { done: true, value: undefined }
        : {
            done: false,
            reason: `the server has not taken the parameter group ${group} up yet`,
            progress: '',
          }
    },
    { ...waiting(signal), onReason: (reason) => context.log.line(`waiting: ${reason}`) },
  )
}

/** RDS says that the group acts, and a new session says so, too. */
async function awaitRole(work: ReplicaRoleWork, role: string): Promise<void> {
  const { targetLogin, signal, context } = work
  await settled(work)
  const session = { label: 'target', application: 'aurora-migration replica role', signal }
  await poll(
    async () => {
      const [row] = await withSession(targetLogin, session, (fresh) =>
        fresh.query<{ role: string }>('select reset_val as role from pg_settings where name = $1', [
          parameter,
        ]),
      )
      return row?.role === role
        ? { done: true, value: undefined }
        : { done: false, reason: `new sessions start with ${parameter} = ${row?.role ?? '?'}`, progress: '' }
    },
    { ...waiting(signal), onReason: (reason) => context.log.line(`waiting: ${reason}`) },
  )
}

function waiting(signal: AbortSignal) {
  return {
    clock: systemClock,
    signal,
    deadlineMs: 900_000,
    what: `${parameter} on the target`,
    remedy:
      'Look at the status of the parameter group in RDS (in-sync, applying, pending-reboot), then run again; it goes on where it was.',
    longestPauseMs: 5000,
  }
}

function modifyCommand({ kind, group }: ParameterSight, value: string): string {
  const [command, option] =
    kind === 'cluster'
      ? ['modify-db-cluster-parameter-group', 'db-cluster-parameter-group-name']
      : ['modify-db-parameter-group', 'db-parameter-group-name']
  return `aws rds ${command} --${option} ${group} --parameters ParameterName=${parameter},ParameterValue=${value},ApplyMethod=immediate`
}
