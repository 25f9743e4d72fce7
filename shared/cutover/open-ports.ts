import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { dmsAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import { approvedPlan } from '../control/approved-plan.ts'
import { clientAddress } from '../databases/client-address.ts'
import { dmsSecret, reverseSecret, sideLogin } from '../databases/open-database.ts'
import { appliesInBatches } from '../dms/applies-in-batches.ts'
import { computeOf } from '../dms/compute.ts'
import { replications } from '../dms/replications.ts'
import { externalId } from '../dms/task-identifier.ts'
import { sidesOf, type DatabaseName, type Direction } from '../migration/direction.ts'
import { planSchemas } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { Migration } from '../migration/schema.ts'
import { readSourceCatalogue } from '../postgres/catalogue.ts'
import { readFingerprint } from '../postgres/fingerprint.ts'
import { openSession, type DatabaseLogin } from '../postgres/session.ts'
import { saveForPost } from '../runtime/post-state.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import { targetParameters } from '../waiting/target-parameters.ts'
import { pausersOf } from './pausers/pausers-of.ts'
import { ofDatabase, type CarryingTask, type CutoverPorts, type WayBackMoment } from './ports.ts'
import { openClientTools } from './switchers/client-tools.ts'
import { switchersOf } from './switchers/switchers-of.ts'
import { tryClosedLogin } from './try-closed-login.ts'
import { prepareWayBack } from './way-back/prepare-way-back.ts'
import { startWayBack } from './way-back/start-way-back.ts'
import { wayBackState } from './way-back/way-back-state.ts'
import type { WayBackContext } from './way-back/way-back.ts'

/** The migration's own logins; read once, masked on the way. */
export type CutoverLogins = Readonly<Record<DatabaseName, DatabaseLogin>>

export async function readLogins(migration: Migration, signal: AbortSignal): Promise<CutoverLogins> {
  return {
    source: await sideLogin(migration, 'source', signal),
    target: await sideLogin(migration, 'target', signal),
  }
}

/** The real databases and AWS, as a cutover in one direction sees them. `close` ends the clients of AWS. */
export async function openPorts(facts: {
  readonly direction: Direction
  readonly migration: Migration
  readonly logins: CutoverLogins
  readonly plan: Plan
  readonly planDigest: string
  readonly context: ActionContext
}): Promise<CutoverPorts & { readonly close: () => void }> {
  const { direction, migration, logins, plan, context } = facts
  const names = sidesOf(direction)
  const client = new DatabaseMigrationServiceClient(awsClientOptions(dmsAccount(migration)))
  const tasks = replications(computeOf(migration), client)
  const tools = openClientTools(migration, context)
  const users = await dmsUsers(migration, direction, context.signal)
  const toAddress = await clientAddress(migration, names.to, logins[names.to], context.signal)
  const tryLogin = (user: string, password: string) =>
    tryClosedLogin({ ...logins[names.to], user, password }, names.to, context.signal)
  const wayBackContext = ({ order, generation, carried, from, to }: WayBackMoment): WayBackContext => ({
    migration,
    plan,
    run: order.run,
    direction,
    generation,
    carried,
    source: ofDatabase(names, { from, to }, 'source'),
    target: ofDatabase(names, { from, to }, 'target'),
    sourceLogin: logins.source,
    targetLogin: logins.target,
    client,
    context,
  })
  return {
    clock: context.clock,
    log: context.log,
    signal: context.signal,
    names,
    openFrom: opener(logins[names.from], names.from),
    openTo: opener(logins[names.to], names.to),
    readFingerprint: (session) => readFingerprint(session, planSchemas(plan)),
    verifyPlan: async (source) => {
      await approvedPlan(source, migration, await readSourceCatalogue(source, migration), facts.planDigest)
    },
    tasks: async (identifiers) => {
      const found = await tasks.describe({ identifiers }, true)
      return Promise.all(
        found.map(async (task): Promise<CarryingTask> => ({
          identifier: task.identifier,
          externalId: externalId(task.arn),
          status: task.status,
          tablesErrored: task.tables.errored,
          rowsFailedValidation: (await tasks.statistics(task.arn)).reduce(
            (sum, { validationFailed }) => sum + validationFailed,
            0,
          ),
          inBatches: appliesInBatches(task),
        })),
      )
    },
    wayBack: {
      prepare: async (moment) => (await prepareWayBack(wayBackContext(moment))).slots,
      start: (moment) => startWayBack(wayBackContext(moment)),
      state: (moment) => wayBackState(wayBackContext(moment)),
    },
    switchers: switchersOf(plan, tools, { to: names.to, tryLogin }),
    pausers: pausersOf(plan, tools),
    toAddress,
    toParameters: direction === 'forward' ? targetParameters(migration, context.signal) : undefined,
    toLogin: logins[names.to],
    fromUser: logins[names.from].user,
    ...users,
    phases: [],
    announce: ({ generation, lockPid }) =>
      saveForPost({
        migration: migration.name,
        direction,
        generation: generation.toString(),
        lockPid: String(lockPid),
      }),
    close: () => {
      tools.close()
      client.destroy()
    },
  }
}

function opener(login: DatabaseLogin, label: DatabaseName): CutoverPorts['openFrom'] {
  return (signal, settings = {}, connectTimeoutMs = 10_000) =>
    openSession(login, {
      label,
      application: 'aurora-migration cutover',
      signal,
      settings,
      connectTimeoutMs,
    })
}

/** DMS's logins of this direction, and with which it writes on the database that is left in the other one. */
async function dmsUsers(
  migration: Migration,
  direction: Direction,
  signal: AbortSignal,
): Promise<Pick<CutoverPorts, 'dmsFromUser' | 'dmsToUser' | 'dmsBackUser'>> {
  const { from, to } = sidesOf(direction)
  const [here, other] = direction === 'forward' ? [dmsSecret, reverseSecret] : [reverseSecret, dmsSecret]
  const hasBack = direction === 'back' || migration.dms.reverse !== undefined
  return {
    dmsFromUser: (await here(migration, from, signal)).username,
    dmsToUser: (await here(migration, to, signal)).username,
    dmsBackUser: hasBack ? (await other(migration, from, signal)).username : undefined,
  }
}
