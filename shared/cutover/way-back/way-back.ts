import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { copyMethod } from '../../copy/make-server.ts'
import { dmsSecret, reverseSecret } from '../../databases/open-database.ts'
import { carrierLogin } from '../../dms/carrier-endpoint.ts'
import type { EndpointCredentials } from '../../dms/endpoint-document.ts'
import { carriers, type Carrier } from '../../migration/carriers.ts'
import { opposite, sidesOf, type DatabaseName, type Direction } from '../../migration/direction.ts'
import type { Plan } from '../../migration/plan.ts'
import type { Migration } from '../../migration/schema.ts'
import type { DatabaseLogin, Session } from '../../postgres/session.ts'
import type { AwsWork } from '../../replication/aws-work.ts'
import type { ActionContext } from '../../runtime/run-action.ts'
import type { DatabaseSecret } from '../../secrets-manager/secrets.ts'
import type { CutoverRun } from '../decision.ts'

/** A cutover in one direction, and what its way back is made with. */
export interface WayBackContext {
  readonly migration: Migration
  readonly plan: Plan
  readonly run: CutoverRun
  /** Of the cutover: `forward` for cutover, `back` for fall-back. Its way back carries rows in the other one. */
  readonly direction: Direction
  /** The generation that the cutover takes, or has taken. */
  readonly generation: bigint
  /** Who carried rows in the cutover's own direction until now: stopped before anything carries them back. */
  readonly carried: readonly Carrier[]
  /** Sessions of the migration's own login; whichever is not there any more may be another one at the next call. */
  readonly source: Session
  readonly target: Session
  /** Where they lead, for sessions as DMS's users. */
  readonly sourceLogin: DatabaseLogin
  readonly targetLogin: DatabaseLogin
  readonly client: DatabaseMigrationServiceClient
  readonly context: ActionContext
}

/** One login of DMS, and what it is for. */
export interface CarrierUser {
  readonly side: DatabaseName
  readonly user: string
  readonly secret: DatabaseSecret
}

/** A way back as its parts see it: `from` is the database that is left, `to` the one that is entered. */
export interface WayBack {
  readonly given: WayBackContext
  /** In which the way back carries rows. */
  readonly direction: Direction
  readonly from: { readonly name: DatabaseName; readonly session: Session; readonly login: DatabaseLogin }
  readonly to: { readonly name: DatabaseName; readonly session: Session; readonly login: DatabaseLogin }
  /** With which DMS reads on `to`. */
  readonly reader: CarrierUser
  /** With which it writes on `from`. */
  readonly writer: CarrierUser
  /** The tasks of the way back, one for each task of the plan. */
  readonly carriers: readonly Carrier[]
  readonly work: AwsWork
}

/** Reads the secrets of DMS's two logins and puts together what every step needs. */
export async function wayBackOf(given: WayBackContext): Promise<WayBack> {
  const { migration, plan, context } = given
  const direction = opposite(given.direction)
  const names = sidesOf(given.direction)
  const at = (name: DatabaseName) => ({
    name,
    session: given[name],
    login: name === 'source' ? given.sourceLogin : given.targetLogin,
  })
  const [reader, writer] = await Promise.all([
    carrierUser(migration, direction, names.to, context.signal),
    carrierUser(migration, direction, names.from, context.signal),
  ])
  return {
    given,
    direction,
    from: at(names.from),
    to: at(names.to),
    reader,
    writer,
    carriers: carriers(plan, direction, given.generation),
    work: {
      client: given.client,
      context,
      control: given.source,
      tags: { migration: plan.migration, planDigest: given.run.planDigest, runId: given.run.runId },
      dryRun: false,
      changes: [],
    },
  }
}

/** With which login DMS works on one database in one direction: forward by `dms.source` and `dms.target`, back by `dms.reverse`. */
export async function carrierUser(
  migration: Migration,
  direction: Direction,
  side: DatabaseName,
  signal: AbortSignal,
): Promise<CarrierUser> {
  const secret = await (direction === 'back' ? reverseSecret : dmsSecret)(migration, side, signal)
  return { side, user: secret.username, secret }
}

/** What an endpoint of the way back is told. */
export function carrierCredentials(
  migration: Migration,
  direction: Direction,
  { side, secret }: CarrierUser,
): EndpointCredentials {
  const { secret: name, 'access-role': accessRole } = carrierLogin(migration, { direction, side })
  // A secret cannot name the address of a server that the migration itself has made.
  const made = side === 'target' && copyMethod(migration) !== undefined
  if (accessRole !== undefined && !made) return { secret: name, accessRole }
  const { host, port, username: user, password, versionId: version } = secret
  return { host, port, user, password, version }
}
