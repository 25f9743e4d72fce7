import { copyMethod } from '../copy/make-server.ts'
import { endpointDocument, type EndpointCredentials, type NewEndpoint } from '../dms/endpoint-document.ts'
import { endpointIdentifier, slotEndpointIdentifier } from '../dms/task-identifier.ts'
import type { Plan } from '../migration/plan.ts'
import type { Migration } from '../migration/schema.ts'
import type { Databases, DmsLogins } from '../waiting/with-databases.ts'
import type { DatabaseSecret } from '../secrets-manager/secrets.ts'
import { adoptEndpoint, ensureEndpoint } from './ensure-endpoint.ts'
import type { AwsWork } from './aws-work.ts'

/** An endpoint that is there, and the field of the migration file that it comes from. */
export interface PlacedEndpoint {
  readonly identifier: string
  readonly arn: string
  readonly field: string
  /** Where it is ours: what it was told once, and may have to be told anew. */
  readonly told?: NewEndpoint
  /** It was told anew in this run. */
  readonly renewed?: boolean
}

export interface PlanEndpoints {
  readonly target: PlacedEndpoint
  /** One for each task of the plan, in order; tasks without a slot of their own share one. */
  readonly sources: readonly PlacedEndpoint[]
}

/** The endpoints that the plan's tasks need, active: made, adopted, or those that the file names. */
export async function ensureEndpoints(
  work: AwsWork,
  migration: Migration,
  plan: Plan,
  databases: Databases,
  logins: DmsLogins,
): Promise<PlanEndpoints> {
  const place = async (
    side: 'source' | 'target',
    identifier: string,
    slot: string | null,
  ): Promise<PlacedEndpoint> => {
    const field = `dms.${side}`
    const secret = side === 'source' ? logins.sourceSecret : logins.targetSecret
    const wanted = endpointDocument(migration, {
      side,
      database: side === 'source' ? databases.sourceDatabase : databases.targetDatabase,
      credentials: credentialsOf(migration, side, secret),
      slot,
    })
    const existing = migration.dms[side].endpoint
    if (existing !== undefined) {
      const arn = await adoptEndpoint(work, {
        identifier: existing,
        field: `${field}.endpoint`,
        wanted,
        user: secret.username,
        secret: migration.dms[side].secret,
        servers: [secret, side === 'source' ? databases.sourceLogin : databases.targetLogin],
      })
      return { identifier: existing, arn, field }
    }
    return { identifier, ...(await ensureEndpoint(work, identifier, wanted)), field, told: wanted }
  }
  const { name } = migration
  const sources: PlacedEndpoint[] = []
  for (const [index, { slot }] of plan.tasks.entries()) {
    const [first] = sources
    sources.push(
      slot === null
        ? (first ?? (await place('source', endpointIdentifier(name, 'source'), null)))
        : await place('source', slotEndpointIdentifier(name, index), slot),
    )
  }
  return { target: await place('target', endpointIdentifier(name, 'target'), null), sources }
}

function credentialsOf(
  migration: Migration,
  side: 'source' | 'target',
  secret: DatabaseSecret,
): EndpointCredentials {
  const { secret: name, 'access-role': accessRole } = migration.dms[side]
  // A secret cannot name the address of a server that the migration has only now made.
  const made = side === 'target' && copyMethod(migration) !== undefined
  if (accessRole !== undefined && !made) return { secret: name, accessRole }
  const { host, port, username: user, password, versionId: version } = secret
  return { host, port, user, password, version }
}
