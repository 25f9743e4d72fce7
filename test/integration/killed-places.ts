import { DescribeDBClustersCommand, DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds'
import type { EmulatorConfig } from '../emulator/config.ts'
import type { KilledServers } from './killed-servers.ts'
import { placeOf } from './rds-lab.ts'

type Kind = 'cluster' | 'instance'

/** How RDS knows the servers of a migration: what is copied, or whose parameter group the target has. */
export type RdsPlaces =
  | {
      /** The source is one of these, `shop`. */
      readonly original: Kind
      /** The target is made from it as one of these, `shop-new`. */
      readonly made: Kind
      readonly group?: never
    }
  | {
      /** The target is a cluster, `shop-new`, with a parameter group of this name. */
      readonly group: string
      readonly made?: never
    }

/** RDS at the beginning of a scene. */
export function rdsOf(
  places: RdsPlaces | undefined,
  { source, target }: Pick<KilledServers, 'source' | 'target'>,
): EmulatorConfig['rds'] {
  if (places === undefined) return {}
  if (places.group === undefined) {
    const original = { identifier: 'shop', ...placeOf(source) }
    return places.original === 'cluster' ? { clusters: [original] } : { instances: [original] }
  }
  const cluster = 'shop-new'
  const { server, ...place } = placeOf(target)
  const writer = { identifier: `${cluster}-1`, ...place, engine: 'aurora-postgresql' as const }
  return {
    instances: [{ ...writer, clusterIdentifier: cluster }],
    clusters: [
      { identifier: cluster, ...place, server, parameterGroup: places.group, members: [writer.identifier] },
    ],
    parameterGroups: [{ name: places.group, family: 'aurora-postgresql17', kind: 'cluster' }],
  }
}

/** Port of `shop-new`. Throws where it has not been made. */
export async function portOfMade({ rds }: { readonly rds: RDSClient }, made: Kind): Promise<number> {
  const port = await (made === 'cluster' ? clusterPort(rds) : instancePort(rds))
  if (port === undefined) throw new Error('the copy has no port')
  return port
}

async function clusterPort(rds: RDSClient): Promise<number | undefined> {
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'shop-new' }))
  return DBClusters?.[0]?.Port
}

async function instancePort(rds: RDSClient): Promise<number | undefined> {
  const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'shop-new' })
  return (await rds.send(command)).DBInstances?.[0]?.Endpoint?.Port
}
