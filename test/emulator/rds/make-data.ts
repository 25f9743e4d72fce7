import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { freePort } from '../../postgres/free-port.ts'
import type { RunningServer } from '../../postgres/back-up-data-folder.ts'
import type { Emulator } from '../emulator.ts'
import { newUuid } from '../identity.ts'
import { AwsError } from '../protocol/aws-error.ts'
import type { ClusterRecord, DataOrigin, InstanceRecord } from './records.ts'
import { findCluster, findInstance, readArn } from './resources.ts'
import { superuserOf, superuserUrl } from './volumes.ts'
import type { VolumeRecord, VolumeSource } from './volumes.ts'

const logicalStartLsnSql = readFileSync(new URL('./sql/logical-start-lsn.sql', import.meta.url), 'utf8')
const databasesSql = readFileSync(new URL('./sql/databases.sql', import.meta.url), 'utf8')

/** The server behind an instance or a cluster while it runs, whoever started it; undefined where there is none. */
export function serverOf(
  emulator: Emulator,
  record: InstanceRecord | ClusterRecord,
): RunningServer | undefined {
  if (record.server) return record.server
  const { volume } = record
  if (!volume || !emulator.volumes.isRunning(volume.id)) return undefined
  return {
    superuserUrl: superuserUrl(volume),
    dataFolder: emulator.volumes.dataFolder(volume.id),
    major: volume.major,
  }
}

/** A volume for a copy of a server's data, not filled yet. Undefined where the emulator has no data of the original. */
export async function newVolume(original: {
  server?: InstanceRecord['server']
  volume?: VolumeRecord
}): Promise<VolumeRecord | undefined> {
  const { server, volume } = original
  if (!server && !volume) return undefined
  return {
    id: `v-${newUuid()}`,
    major: server?.major ?? volume?.major ?? 17,
    port: await freePort(),
    superuser: server ? superuserOf(server.superuserUrl) : (volume?.superuser ?? ''),
  }
}

/** Throws where a server without data was asked to be copied: the emulator only knows what the configuration says of it. */
export function demandVolume(volume: VolumeRecord | undefined, what: string): VolumeRecord {
  if (volume) return volume
  throw new AwsError(
    'InvalidRestoreFault',
    `The emulator has no server behind ${what}: give it a "server" in the configuration.`,
  )
}

/** Throws where the original is a standby: a copy of one is consistent by other means than the emulator has. */
export function demandCopyable(original: InstanceRecord | ClusterRecord): void {
  if (!('replicationSource' in original) || original.replicationSource === undefined) return
  throw new AwsError(
    'InvalidDBClusterStateFault',
    `Cluster ${original.identifier} is a read replica; the emulator copies it only once it is promoted.`,
  )
}

/** Fills a volume; of a clone of an Aurora cluster, also recovers it and makes the function that Aurora has built in. */
export async function makeData(
  emulator: Emulator,
  volume: VolumeRecord,
  origin: DataOrigin,
  engine: 'postgres' | 'aurora-postgresql',
): Promise<void> {
  const { volumes } = emulator
  const primary = origin.kind === 'standby-of-instance' ? await openSlot(emulator, origin) : undefined
  await volumes.fill(volume.id, sourceOf(emulator, origin), primary)
  if (engine === 'postgres' || primary) return
  // On a port that nobody knows: a cluster without an instance cannot be reached.
  const recovering = { ...volume, port: await freePort() }
  await volumes.start(recovering)
  try {
    await createLogicalStartLsn(superuserUrl(recovering))
  } finally {
    await volumes.stop(volume.id)
  }
}

function sourceOf(emulator: Emulator, origin: DataOrigin): VolumeSource {
  if (origin.kind === 'snapshot') return { volume: origin.volume }
  const { account = '', region = '' } = readArn(origin.arn) ?? {}
  const owner = emulator.accounts.at(account, region)
  if (!owner) throw new Error(`nobody owns ${origin.arn}`)
  const record =
    origin.kind === 'copy-of-cluster' ? findCluster(owner, origin.arn) : findInstance(owner, origin.arn)
  const server = serverOf(owner, record)
  if (server) return server
  if (!record.volume) throw new Error(`${origin.arn} has no data`)
  return { volume: record.volume.id }
}

/** The physical slot that keeps the source's WAL for a standby, made where it is not there, as RDS does. */
async function openSlot(
  emulator: Emulator,
  { arn, slot }: { arn: string; slot: string },
): Promise<{ superuserUrl: string; slot: string }> {
  const server = serverOf(emulator, findInstance(emulator, arn))
  if (!server) throw new Error(`no server runs behind ${arn}`)
  await withClient(server.superuserUrl, async (client) => {
    await client.query(
      `SELECT pg_create_physical_replication_slot($1, true)
        WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)`,
      [slot],
    )
  })
  return { superuserUrl: server.superuserUrl, slot }
}

/** Recovery ends with a checkpoint at the LSN that follows the last change it found: exactly what is in the clone. */
async function createLogicalStartLsn(url: string): Promise<void> {
  const { names, lsn } = await withClient(url, async (client) => {
    const answer = await client.query<{ names: string[]; lsn: string }>(databasesSql)
    const [row] = answer.rows
    if (!row) throw new Error('the clone has no databases')
    return row
  })
  for (const name of names) {
    const database = new URL(url)
    database.pathname = `/${encodeURIComponent(name)}`
    await withClient(database.href, async (client) => {
      await client.query('SET allow_system_table_mods = on')
      await client.query(logicalStartLsnSql.replace('__LSN__', client.escapeLiteral(lsn)))
    })
  }
}

export async function withClient<T>(url: string, action: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined) // a lost connection also fails the query that is waiting
  await client.connect()
  try {
    return await action(client)
  } finally {
    await client.end()
  }
}
