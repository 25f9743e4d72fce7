import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { dmsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import type { CarryingTask, CutoverPorts } from '../../shared/cutover/ports.ts'
import { dmsSecret, sideLogin } from '../../shared/databases/open-database.ts'
import { appliesInBatches } from '../../shared/dms/applies-in-batches.ts'
import { computeOf } from '../../shared/dms/compute.ts'
import { replications } from '../../shared/dms/replications.ts'
import { externalId } from '../../shared/dms/task-identifier.ts'
import { sidesOf } from '../../shared/migration/direction.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { readFingerprint } from '../../shared/postgres/fingerprint.ts'
import { approvedPlan } from '../../shared/control/approved-plan.ts'
import { openSession, sqlState, type DatabaseLogin } from '../../shared/postgres/session.ts'
import { asMigrationError } from '../../shared/runtime/errors.ts'
import { poll } from '../../shared/runtime/poll.ts'
import { saveForPost } from '../../shared/runtime/post-state.ts'
import { targetParameters } from '../../shared/waiting/target-parameters.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'

/** Who logs in where; read once, masked on the way. */
export interface CutoverLogins {
  readonly source: DatabaseLogin
  readonly target: DatabaseLogin
  readonly dmsSourceUser: string
  readonly dmsTargetUser: string
}

export async function readLogins(migration: Migration, signal: AbortSignal): Promise<CutoverLogins> {
  return {
    source: await sideLogin(migration, 'source', signal),
    target: await sideLogin(migration, 'target', signal),
    dmsSourceUser: (await dmsSecret(migration, 'source', signal)).username,
    dmsTargetUser: (await dmsSecret(migration, 'target', signal)).username,
  }
}

/** The real databases and AWS, as the cutover sees them. */
export function cutoverPorts(facts: {
  readonly migration: Migration
  readonly logins: CutoverLogins
  readonly secrets: SecretsManagerClient
  readonly schemas: readonly string[]
  readonly planDigest: string
  readonly context: ActionContext
}): CutoverPorts {
  const { migration, logins, secrets, schemas, context } = facts
  const tasks = replications(
    computeOf(migration),
    new DatabaseMigrationServiceClient(awsClientOptions(dmsAccount(migration))),
  )
  const open =
    (login: DatabaseLogin, label: string) =>
    (signal: AbortSignal, settings: Readonly<Record<string, string>> = {}, connectTimeoutMs = 10_000) =>
      openSession(login, {
        label,
        application: 'aurora-migration cutover',
        signal,
        settings,
        connectTimeoutMs,
      })
  const described = async (identifiers: readonly string[]): Promise<CarryingTask[]> =>
    (await tasks.describe({ identifiers }, true)).map((task) => ({
      identifier: task.identifier,
      externalId: externalId(task.arn),
      status: task.status,
      tablesErrored: task.tables.errored,
      inBatches: appliesInBatches(task),
    }))
  return {
    clock: context.clock,
    log: context.log,
    signal: context.signal,
    names: sidesOf('forward'),
    openFrom: open(logins.source, 'source'),
    openTo: open(logins.target, 'target'),
    tryToLogin: (user, password) => tryLogin({ ...logins.target, user, password }, context.signal),
    readFingerprint: (session) => readFingerprint(session, schemas),
    verifyPlan: async (source) => {
      await approvedPlan(source, migration, await readSourceCatalogue(source, migration), facts.planDigest)
    },
    tasks: described,
    stopTasks: async (identifiers, signal) => {
      for (const task of await tasks.describe({ identifiers })) await tasks.stop(task.arn)
      await poll(
        async () => {
          const running = (await described(identifiers)).filter(
            (task) => task.status === 'running' || task.status === 'stopping' || task.status === 'starting',
          )
          const reason = running.map((task) => `${task.identifier} is ${task.status}`).join(', ')
          return running.length === 0
            ? { done: true, value: undefined }
            : { done: false, reason, progress: reason }
        },
        {
          clock: context.clock,
          signal,
          deadlineMs: 300_000,
          what: 'stopping the replication tasks',
          remedy: `Stop them in DMS: ${identifiers.join(', ')}.`,
          longestPauseMs: 5000,
        },
      )
    },
    toParameters: targetParameters(migration, context.signal),
    toLogin: logins.target,
    secrets,
    toAddress: logins.target,
    fromUser: logins.source.user,
    dmsFromUser: logins.dmsSourceUser,
    dmsToUser: logins.dmsTargetUser,
    dmsBackUser: undefined,
    announce: ({ generation, lockPid }) =>
      saveForPost({ migration: migration.name, generation: generation.toString(), lockPid: String(lockPid) }),
  }
}

/** 42501 on connecting means: the password was right, CONNECT is missing. That is the guard. */
async function tryLogin(
  login: DatabaseLogin,
  signal: AbortSignal,
): Promise<{ outcome: 'let-in' | 'guarded' | 'refused'; message: string }> {
  try {
    const session = await openSession(login, {
      label: 'target',
      application: 'aurora-migration login check',
      signal,
    })
    await session.close()
    return { outcome: 'let-in', message: '' }
  } catch (thrown) {
    const error = asMigrationError(thrown)
    return sqlState(error.cause) === '42501'
      ? { outcome: 'guarded', message: '' }
      : { outcome: 'refused', message: error.message }
  }
}
