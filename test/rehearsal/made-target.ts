import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds'
import type { RunningEmulator } from '../emulator/start-emulator.ts'

/**
 * Where the emulator runs the cluster `shop-aurora`, which a migration has made; undefined where it did not come to
 * that. The superuser came along with the copy.
 */
export async function madeTarget(
  emulator: RunningEmulator,
  sourceSuperuserUrl: string,
): Promise<string | undefined> {
  const environment = emulator.environment()
  const client = new RDSClient({
    endpoint: emulator.url,
    region: environment.AWS_REGION ?? '',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
  })
  try {
    const { DBClusters = [] } = await client.send(new DescribeDBClustersCommand({}))
    const found = DBClusters.find(({ DBClusterIdentifier }) => DBClusterIdentifier === 'shop-aurora')
    if (found?.Port === undefined || found.Status !== 'available') return undefined
    const url = new URL(sourceSuperuserUrl)
    url.port = String(found.Port)
    return url.href
  } finally {
    client.destroy()
  }
}
