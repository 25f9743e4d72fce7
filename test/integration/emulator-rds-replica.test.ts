import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  InvalidDBClusterStateFault,
  PromoteReadReplicaDBClusterCommand,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { until } from '../emulator/open-test-migration.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { clusterIs, instanceIs, placeOf, query, urlAt } from './rds-lab.ts'

let group: ServerGroup
let source: PostgresServer
let aws: TestEmulator
let url: string

beforeAll(async () => {
  group = await openServerGroup('replica')
  source = await group.start({ name: 'source', major: 15 })
  await query(source.superuserUrl, 'CREATE TABLE t AS SELECT 1 AS id')
  aws = await openTestEmulator({
    rds: { instances: [{ identifier: 'shop', ...placeOf(source) }], clusters: [] },
  })
})
afterAll(async () => {
  await aws?.close()
  await group?.close()
})

const create = (more: { EngineVersion?: string } = {}) =>
  aws.rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: 'shop-aurora',
      Engine: 'aurora-postgresql',
      ReplicationSourceIdentifier: 'arn:aws:rds:eu-west-1:123456789012:db:shop',
      ...more,
    }),
  )

const addInstance = () =>
  aws.rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'shop-aurora-1',
      DBClusterIdentifier: 'shop-aurora',
      DBInstanceClass: 'db.r6g.large',
      Engine: 'aurora-postgresql',
    }),
  )

async function replicasOfSource(): Promise<string[] | undefined> {
  const { DBInstances } = await aws.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'shop' }))
  return DBInstances?.[0]?.ReadReplicaDBClusterIdentifiers
}

const rowsReach = (last: number) =>
  until(`row ${last}`, async () => {
    const [row] = await query(url, 'SELECT max(id) AS last FROM t')
    return row?.last === last ? true : undefined
  })

describe('an Aurora read replica of an RDS instance', () => {
  it('follows its source, and takes no writes', async () => {
    await expect(create({ EngineVersion: '17.4' })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    })
    const { DBCluster } = await create()
    expect(DBCluster).toMatchObject({
      Status: 'creating',
      ReplicationSourceIdentifier: 'arn:aws:rds:eu-west-1:123456789012:db:shop',
    })
    expect(await replicasOfSource()).toEqual(['shop-aurora'])
    await addInstance()
    const { Endpoint } = await instanceIs(aws.rds, 'shop-aurora-1', 'available')
    url = urlAt(source, Endpoint?.Port)
    await query(source.superuserUrl, 'INSERT INTO t VALUES (2)')
    await rowsReach(2)
    await expect(query(url, 'INSERT INTO t VALUES (3)')).rejects.toMatchObject({ code: '25006' })
    await expect(
      aws.rds.send(
        new RestoreDBClusterToPointInTimeCommand({
          DBClusterIdentifier: 'clone',
          SourceDBClusterIdentifier: 'shop-aurora',
          UseLatestRestorableTime: true,
        }),
      ),
    ).rejects.toBeInstanceOf(InvalidDBClusterStateFault)
  })

  it('goes on following after the emulator was away', async () => {
    await aws.emulator.restart()
    await query(source.superuserUrl, 'INSERT INTO t VALUES (4)')
    expect(await rowsReach(4)).toBe(true)
  })

  it('is a cluster of its own once it is promoted, and its source knows nothing of it any more', async () => {
    const promote = new PromoteReadReplicaDBClusterCommand({ DBClusterIdentifier: 'shop-aurora' })
    const { DBCluster } = await aws.rds.send(promote)
    expect(DBCluster?.Status).toBe('promoting')
    const promoted = await clusterIs(aws.rds, 'shop-aurora', 'available')
    expect(promoted.ReplicationSourceIdentifier).toBeUndefined()
    expect(await replicasOfSource()).toEqual([])
    await query(url, 'INSERT INTO t VALUES (5)')
    await query(source.superuserUrl, 'INSERT INTO t VALUES (6)')
    expect(await query(url, 'SELECT max(id) AS last FROM t')).toEqual([{ last: 5 }])
    expect(await query(source.superuserUrl, 'SELECT slot_name FROM pg_replication_slots')).toEqual([])
    await expect(aws.rds.send(promote)).rejects.toBeInstanceOf(InvalidDBClusterStateFault)
    await aws.emulator.restart()
    await query(url, 'INSERT INTO t VALUES (7)')
  })

  it('leaves no slot behind when it is deleted instead', async () => {
    const remove = { DBClusterIdentifier: 'shop-aurora', SkipFinalSnapshot: true }
    await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop-aurora-1' }))
    await aws.rds.send(new DeleteDBClusterCommand(remove))
    await expect(clusterIs(aws.rds, 'shop-aurora', 'gone')).rejects.toThrow('not found')
    await create()
    await clusterIs(aws.rds, 'shop-aurora', 'available')
    const slots = 'SELECT slot_name::text AS slot FROM pg_replication_slots'
    expect(await query(source.superuserUrl, slots)).toEqual([{ slot: 'rds_eu_west_1_shop_aurora' }])
    await aws.rds.send(new DeleteDBClusterCommand(remove))
    await expect(clusterIs(aws.rds, 'shop-aurora', 'gone')).rejects.toThrow('not found')
    expect(await query(source.superuserUrl, slots)).toEqual([])
    expect(await replicasOfSource()).toEqual([])
  })
})
