import {
  CopyDBSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DBClusterSnapshotNotFoundFault,
  DBInstanceNotFoundFault,
  DBLogFileNotFoundFault,
  DBSnapshotNotFoundFault,
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBLogFilesCommand,
  DescribeDBSnapshotsCommand,
  DownloadDBLogFilePortionCommand,
  InvalidDBClusterStateFault,
  InvalidDBSnapshotStateFault,
  KMSKeyNotAccessibleFault,
  ModifyDBSnapshotAttributeCommand,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
} from '@aws-sdk/client-rds'
import type { DownloadDBLogFilePortionCommandOutput, RDSClient } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestClients, TestEmulator } from '../emulator/open-test-emulator.ts'
import { until } from '../emulator/open-test-migration.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { clusterIs, instanceIs, placeOf, query, urlAt } from './rds-lab.ts'

const target = '222233334444'
let group: ServerGroup
let source: PostgresServer
let aws: TestEmulator
let other: TestClients

beforeAll(async () => {
  group = await openServerGroup('snapshots')
  source = await group.start({ name: 'source', major: 15 })
  await query(source.superuserUrl, 'CREATE TABLE t AS SELECT generate_series(1, 1000) AS id')
  const shop = placeOf(source)
  aws = await openTestEmulator({
    rds: {
      instances: [{ identifier: 'shop', ...shop }],
      clusters: [{ identifier: 'aurora', ...shop, deletionProtection: false }],
    },
    keys: [
      {
        id: 'shared',
        policy: { Statement: [{ Effect: 'Allow', Principal: { AWS: target }, Action: 'kms:*' }] },
      },
    ],
    accounts: [{ account: target, keys: [{ id: 'theirs' }] }],
  })
  other = await aws.clientsOf(target)
})
afterAll(async () => {
  await aws?.close()
  await group?.close()
})

async function snapshotIs(rds: RDSClient, identifier: string): Promise<string> {
  return until(`snapshot ${identifier} available`, async () => {
    const { DBSnapshots } = await rds.send(
      new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: identifier }),
    )
    return DBSnapshots?.find(({ Status }) => Status === 'available')?.DBSnapshotArn
  })
}

const share = (DBSnapshotIdentifier: string) =>
  aws.rds.send(
    new ModifyDBSnapshotAttributeCommand({
      DBSnapshotIdentifier,
      AttributeName: 'restore',
      ValuesToAdd: [target],
    }),
  )

describe('a snapshot of an RDS instance', () => {
  let sharedArn: string
  let port: number | undefined

  it('is taken, and shared with another account once it has a key that can be shared', async () => {
    await query(source.superuserUrl, `SELECT pg_create_logical_replication_slot('dms', 'test_decoding')`)
    await query(source.superuserUrl, 'INSERT INTO t VALUES (1001)')
    await aws.rds.send(
      new CreateDBSnapshotCommand({ DBSnapshotIdentifier: 'first', DBInstanceIdentifier: 'shop' }),
    )
    const firstArn = await snapshotIs(aws.rds, 'first')
    await query(source.superuserUrl, 'INSERT INTO t VALUES (1002)')
    await expect(share('first')).rejects.toBeInstanceOf(InvalidDBSnapshotStateFault)
    await aws.rds.send(
      new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: 'first',
        TargetDBSnapshotIdentifier: 'Shareable',
        KmsKeyId: 'shared',
      }),
    )
    sharedArn = await snapshotIs(aws.rds, 'shareable')
    const { DBSnapshots } = await aws.rds.send(
      new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'shareable' }),
    )
    expect(DBSnapshots?.[0]).toMatchObject({
      DBInstanceIdentifier: 'shop',
      Encrypted: true,
      KmsKeyId: 'arn:aws:kms:eu-west-1:123456789012:key/shared',
      SourceDBSnapshotIdentifier: firstArn,
      PercentProgress: 100,
    })
    await expect(
      other.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: sharedArn })),
    ).rejects.toBeInstanceOf(DBSnapshotNotFoundFault)
    const { DBSnapshotAttributesResult } = await share('shareable')
    expect(DBSnapshotAttributesResult?.DBSnapshotAttributes).toEqual([
      { AttributeName: 'restore', AttributeValues: [target] },
    ])
    const seen = await other.rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'shared' }))
    expect(seen.DBSnapshots?.map(({ DBSnapshotArn }) => DBSnapshotArn)).toEqual([sharedArn])
  })

  it('is copied there with a key of that account before it can be restored', async () => {
    const restore = (DBSnapshotIdentifier: string) =>
      other.rds.send(
        new RestoreDBInstanceFromDBSnapshotCommand({
          DBInstanceIdentifier: 'restored',
          DBSnapshotIdentifier,
          DBInstanceClass: 'db.r6g.large',
          VpcSecurityGroupIds: ['sg-9'],
        }),
      )
    await expect(restore(sharedArn)).rejects.toBeInstanceOf(KMSKeyNotAccessibleFault)
    const copy = { SourceDBSnapshotIdentifier: sharedArn, TargetDBSnapshotIdentifier: 'mine' }
    await expect(other.rds.send(new CopyDBSnapshotCommand(copy))).rejects.toBeInstanceOf(
      KMSKeyNotAccessibleFault,
    )
    await other.rds.send(new CopyDBSnapshotCommand({ ...copy, KmsKeyId: 'theirs' }))
    await snapshotIs(other.rds, 'mine')
    const { DBInstance } = await restore('mine')
    expect(DBInstance).toMatchObject({
      DBInstanceStatus: 'creating',
      DBInstanceArn: `arn:aws:rds:eu-west-1:${target}:db:restored`,
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-9', Status: 'active' }],
      KmsKeyId: `arn:aws:kms:eu-west-1:${target}:key/theirs`,
    })
    port = (await instanceIs(other.rds, 'restored', 'available')).Endpoint?.Port
    expect(await query(urlAt(source, port), 'SELECT max(id) AS last FROM t')).toEqual([{ last: 1001 }])
  })

  it('tells in the log of the restored server where its recovery ended', async () => {
    const { DescribeDBLogFiles } = await other.rds.send(
      new DescribeDBLogFilesCommand({ DBInstanceIdentifier: 'restored' }),
    )
    const [file] = DescribeDBLogFiles ?? []
    expect(file?.LogFileName).toMatch(/^error\/postgresql\.log\.\d{4}-\d\d-\d\d-\d\d$/)
    let text = ''
    let pages = 0
    for (let marker: string | undefined = '0'; marker !== undefined; pages += 1) {
      const page: DownloadDBLogFilePortionCommandOutput = await other.rds.send(
        new DownloadDBLogFilePortionCommand({
          DBInstanceIdentifier: 'restored',
          LogFileName: file?.LogFileName,
          Marker: marker,
          NumberOfLines: 3,
        }),
      )
      text += page.LogFileData ?? ''
      marker = page.AdditionalDataPending === true ? page.Marker : undefined
    }
    expect(pages).toBeGreaterThan(1)
    const lsn = /redo done at ([0-9A-F]+\/[0-9A-F]+)/.exec(text)?.[1]
    const [later] = await query(
      source.superuserUrl,
      `SELECT string_agg(data, ' ' ORDER BY lsn) AS data
         FROM pg_logical_slot_peek_changes('dms', NULL, NULL) WHERE lsn > '${lsn}'`,
    )
    expect(later?.data).toContain('1002')
    expect(later?.data).not.toContain('1001')
    const tail = await other.rds.send(
      new DownloadDBLogFilePortionCommand({
        DBInstanceIdentifier: 'restored',
        LogFileName: file?.LogFileName,
        NumberOfLines: 1,
      }),
    )
    expect(tail.LogFileData?.split('\n')).toHaveLength(2)
    await expect(
      other.rds.send(
        new DownloadDBLogFilePortionCommand({ DBInstanceIdentifier: 'restored', LogFileName: 'none' }),
      ),
    ).rejects.toBeInstanceOf(DBLogFileNotFoundFault)
  })

  it('and what was restored from it can be deleted, with a last snapshot or without', async () => {
    const remove = (options: object) =>
      other.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'restored', ...options }))
    await expect(remove({})).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
    await expect(
      aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop', SkipFinalSnapshot: true })),
    ).rejects.toThrow('Cannot delete protected DB Instance')
    const { DBInstance } = await remove({ FinalDBSnapshotIdentifier: 'last' })
    expect(DBInstance?.DBInstanceStatus).toBe('deleting')
    await expect(instanceIs(other.rds, 'restored', 'gone')).rejects.toBeInstanceOf(DBInstanceNotFoundFault)
    await expect(query(urlAt(source, port), 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    await snapshotIs(other.rds, 'last')
    await other.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'last' }))
    await expect(
      until('gone', () =>
        other.rds
          .send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'last' }))
          .then(() => undefined),
      ),
    ).rejects.toBeInstanceOf(DBSnapshotNotFoundFault)
  })
})

describe('a snapshot of an Aurora cluster', () => {
  it('is restored as a cluster that needs an instance, and knows where it is consistent', async () => {
    await aws.rds.send(
      new CreateDBClusterSnapshotCommand({
        DBClusterSnapshotIdentifier: 'cold',
        DBClusterIdentifier: 'aurora',
      }),
    )
    await until('snapshot', async () => {
      const { DBClusterSnapshots } = await aws.rds.send(
        new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'cold' }),
      )
      return DBClusterSnapshots?.find(({ Status }) => Status === 'available')
    })
    await query(source.superuserUrl, 'INSERT INTO t VALUES (2000)')
    await aws.rds.send(
      new RestoreDBClusterFromSnapshotCommand({
        DBClusterIdentifier: 'thawed',
        SnapshotIdentifier: 'cold',
        Engine: 'aurora-postgresql',
      }),
    )
    await aws.rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'thawed-1',
        DBClusterIdentifier: 'thawed',
        DBInstanceClass: 'db.r6g.large',
        Engine: 'aurora-postgresql',
      }),
    )
    const { Endpoint } = await instanceIs(aws.rds, 'thawed-1', 'available')
    const url = urlAt(source, Endpoint?.Port)
    const [seen] = await query(
      url,
      `SELECT max(id) AS last, aurora_volume_logical_start_lsn() < pg_current_wal_lsn() AS earlier FROM t`,
    )
    expect(seen).toEqual({ last: 1002, earlier: true })
  })

  it('outlives the clusters, which go instance by instance', async () => {
    const remove = { DBClusterIdentifier: 'thawed', SkipFinalSnapshot: true }
    await expect(aws.rds.send(new DeleteDBClusterCommand(remove))).rejects.toBeInstanceOf(
      InvalidDBClusterStateFault,
    )
    await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'thawed-1' }))
    await aws.rds.send(new DeleteDBClusterCommand(remove))
    await expect(clusterIs(aws.rds, 'thawed', 'gone')).rejects.toMatchObject({
      name: 'DBClusterNotFoundFault',
    })
    const { DBInstances } = await aws.rds.send(new DescribeDBInstancesCommand({}))
    expect(DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)).toEqual(['shop'])
    await aws.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'aurora', SkipFinalSnapshot: true }))
    await expect(clusterIs(aws.rds, 'aurora', 'gone')).rejects.toMatchObject({
      name: 'DBClusterNotFoundFault',
    })
    await aws.emulator.restart()
    expect((await aws.rds.send(new DescribeDBClustersCommand({}))).DBClusters).toEqual([])
    await aws.rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'cold' }))
    await expect(
      aws.rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'none' })),
    ).rejects.toBeInstanceOf(DBClusterSnapshotNotFoundFault)
  })
})
