import { readerEndpoint, writerEndpoint } from '../../dms/carrier-endpoint.ts'
import { carrierEndpointIdentifier, writerEndpointIdentifier } from '../../dms/task-identifier.ts'
import { ensureConnection } from '../../replication/ensure-connection.ts'
import { ensureCompute, type PlacedCompute } from '../../replication/ensure-compute.ts'
import { ensureEndpoint } from '../../replication/ensure-endpoint.ts'
import type { PlacedEndpoint } from '../../replication/plan-endpoints.ts'
import { readCarrierRoleStatement } from './statements.ts'
import { carrierCredentials, type WayBack } from './way-back.ts'

/** Where the tasks of a way back read and write, and what they run on. */
export interface WayBackEndpoints {
  /** One for each carrier, in order: it names the carrier's slot. */
  readonly readers: readonly PlacedEndpoint[]
  readonly writer: PlacedEndpoint
  readonly compute: PlacedCompute
}

/** Endpoints of the way back, active: made, or looked at and adopted. The slots must be there before they are tested. */
export async function ensureWayBackEndpoints(wayBack: WayBack): Promise<WayBackEndpoints> {
  const { given, work, direction, from, to, reader, writer, carriers } = wayBack
  const { migration } = given
  const field = (side: string) => (direction === 'back' ? `dms.reverse.${side}` : `dms.${side}`)
  const compute = await ensureCompute(work, migration)
  const writing = writerEndpoint(migration, {
    direction,
    side: from.name,
    database: from.login.database,
    credentials: carrierCredentials(migration, direction, writer),
    replica: !(await startsReplica(wayBack)),
  })
  const identifier = writerEndpointIdentifier(migration.name, direction)
  const placed: PlacedEndpoint = {
    identifier,
    ...(await ensureEndpoint(work, identifier, writing)),
    field: field(from.name),
    told: writing,
  }
  const readers: PlacedEndpoint[] = []
  for (const carrier of carriers) {
    const wanted = readerEndpoint(
      migration,
      {
        direction,
        side: to.name,
        database: to.login.database,
        credentials: carrierCredentials(migration, direction, reader),
      },
      carrier.slot ?? '',
    )
    const name = carrierEndpointIdentifier(carrier.identifier)
    readers.push({
      identifier: name,
      ...(await ensureEndpoint(work, name, wanted)),
      field: field(to.name),
      told: wanted,
    })
  }
  return { readers, writer: placed, compute }
}

/** DMS starts no task without; a serverless replication tests its connections itself when it starts. */
export async function testWayBackConnections(
  { work }: WayBack,
  { readers, writer, compute }: WayBackEndpoints,
): Promise<void> {
  const { instances } = compute
  await Promise.all(
    instances.flatMap(({ arn }, place) =>
      [writer, ...readers.filter((_, index) => index % instances.length === place)].map((endpoint) =>
        ensureConnection(work, endpoint, arn),
      ),
    ),
  )
}

/** Before PostgreSQL 15 a superuser sets it for the role, which then cannot ask for it itself. */
async function startsReplica({ from, writer }: WayBack): Promise<boolean> {
  const [row] = await from.session.query<{ startsReplica: boolean }>(readCarrierRoleStatement, [writer.user])
  return row?.startsReplica === true
}
