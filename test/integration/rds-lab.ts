import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds'
import type { DBCluster, DBInstance, RDSClient } from '@aws-sdk/client-rds'
import { Client } from 'pg'
import { until } from '../emulator/open-test-migration.ts'
import type { PostgresServer } from '../postgres/server-group.ts'

/** Runs SQL over a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined) // a lost connection also fails the query that is waiting
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** Waits until a cluster has a status, as a caller of RDS does. */
export async function clusterIs(rds: RDSClient, identifier: string, status: string): Promise<DBCluster> {
  return until(`cluster ${identifier} ${status}`, async () => {
    const answer = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }))
    return answer.DBClusters?.find(({ Status }) => Status === status)
  })
}

export async function instanceIs(rds: RDSClient, identifier: string, status: string): Promise<DBInstance> {
  return until(`instance ${identifier} ${status}`, async () => {
    const answer = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }))
    return answer.DBInstances?.find(({ DBInstanceStatus }) => DBInstanceStatus === status)
  })
}

/** What the emulator's configuration says of a server, for an instance or a cluster. */
export function placeOf({ superuserUrl, dataFolder, major, port, logFile }: PostgresServer) {
  return {
    address: '127.0.0.1',
    port,
    engineVersion: `${major}.0`,
    server: { superuserUrl, dataFolder, major, logFile },
  }
}

/** A copy has the logins of its original. */
export function urlAt(original: PostgresServer, port: number | undefined): string {
  const url = new URL(original.superuserUrl)
  url.port = String(port)
  return url.href
}
