import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EC2Client } from '@aws-sdk/client-ec2'
import { RDSClient } from '@aws-sdk/client-rds'
import { sideAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { rdsAlarms } from '../../shared/cloudwatch/alarms.ts'
import { freeStorage } from '../../shared/cloudwatch/dms-metrics.ts'
import { metrics } from '../../shared/cloudwatch/metrics.ts'
import { openRules } from '../../shared/ec2/security-groups.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { SideOutside } from '../../shared/preflight/facts.ts'
import type { Fact } from '../../shared/preflight/known-fact.ts'
import { observe } from '../../shared/preflight/observe.ts'
import type { FreeStorage, MetricAlarm, RdsServer } from '../../shared/preflight/rds-facts.ts'
import { rdsServers } from '../../shared/rds/rds-servers.ts'
import { isAbsent } from '../../shared/rds/service-call.ts'

const gib = 1024n ** 3n

/** What RDS, EC2 and CloudWatch say of one side; every fact is undefined where the file names no RDS server. */
export async function readRds(
  migration: Migration,
  side: 'source' | 'target',
  address: SideOutside['address'],
  now: Date,
  signal: AbortSignal,
): Promise<SideOutside> {
  const { 'rds-instance': instance, 'rds-cluster': cluster } = migration[side]
  if (instance === undefined && cluster === undefined) return { address, ...nothing }
  const options = awsClientOptions(sideAccount(migration, side))
  const rds = new RDSClient(options)
  const cloudwatch = new CloudWatchClient(options)
  const ec2 = new EC2Client(options)
  try {
    const servers = rdsServers(rds, signal)
    const server = await observe(() =>
      cluster === undefined ? servers.instance(instance ?? '') : servers.cluster(cluster),
    )
    if (!server.known) return { address, ...unknown(server) }
    const [parameters, maintenance, storage, alarms, rules] = await Promise.all([
      observe(() => servers.parameters(server.value.parameterGroups)),
      observe(() => servers.maintenance(server.value)),
      observe(() => readFreeStorage(cloudwatch, server.value, now, signal)),
      observe(() => alarmsOf(cloudwatch, server.value, signal)),
      observe(() => openRules(ec2, server.value.securityGroups, server.value.port, signal)),
    ])
    return { address, rds: server, parameters, maintenance, freeStorage: storage, alarms, openRules: rules }
  } finally {
    rds.destroy()
    cloudwatch.destroy()
    ec2.destroy()
  }
}

/** Whether a side's server can be logged in to: it exists, is not being made, and has a writer. Throws what else RDS says. */
export async function isServerThere(
  migration: Migration,
  side: 'source' | 'target',
  signal: AbortSignal,
): Promise<boolean> {
  const { 'rds-instance': instance, 'rds-cluster': cluster } = migration[side]
  const rds = new RDSClient(awsClientOptions(sideAccount(migration, side)))
  try {
    const servers = rdsServers(rds, signal)
    const server = await (cluster === undefined ? servers.instance(instance ?? '') : servers.cluster(cluster))
    return server.status !== 'creating' && server.address !== '' && server.instanceClass !== ''
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  } finally {
    rds.destroy()
  }
}

const none = { known: true, value: undefined } as const
const nothing = {
  rds: none,
  parameters: none,
  maintenance: none,
  freeStorage: none,
  alarms: none,
  openRules: none,
}

/** Where the server itself cannot be described nothing of it can be. */
function unknown(reason: Fact<never>): Omit<SideOutside, 'address'> {
  return {
    rds: reason,
    parameters: reason,
    maintenance: reason,
    freeStorage: reason,
    alarms: reason,
    openRules: reason,
  }
}

async function readFreeStorage(
  client: CloudWatchClient,
  server: RdsServer,
  now: Date,
  signal: AbortSignal,
): Promise<FreeStorage | undefined> {
  if (server.storage === undefined) return undefined
  const [point] = await metrics(client, signal).latest([freeStorage(server.identifier)], now)
  if (point === null || point === undefined)
    throw new Error(`CloudWatch has no recent point of FreeStorageSpace of ${server.identifier}`)
  const { allocatedGib, autoscalesToGib } = server.storage
  const growth = BigInt(Math.max(0, (autoscalesToGib ?? 0) - allocatedGib)) * gib
  return { bytes: String(BigInt(Math.round(point.value))), growthBytes: String(growth) }
}

async function alarmsOf(
  client: CloudWatchClient,
  server: RdsServer,
  signal: AbortSignal,
): Promise<MetricAlarm[]> {
  const own = new Set([server.identifier, ...server.certificates.map(({ instance }) => instance)])
  const alarms = await rdsAlarms(client, signal)
  return alarms
    .filter(({ dimensions }) =>
      [dimensions['DBInstanceIdentifier'], dimensions['DBClusterIdentifier']].some(
        (name) => name !== undefined && own.has(name),
      ),
    )
    .map(({ name, metric }) => ({ name, metric }))
}
