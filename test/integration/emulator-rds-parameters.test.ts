import {
  AddTagsToResourceCommand,
  CreateDBClusterParameterGroupCommand,
  CreateDBParameterGroupCommand,
  DBParameterGroupAlreadyExistsFault,
  DeleteDBParameterGroupCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  DescribeDBSubnetGroupsCommand,
  DescribePendingMaintenanceActionsCommand,
  InvalidDBParameterGroupStateFault,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  RebootDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  ResetDBParameterGroupCommand,
} from '@aws-sdk/client-rds'
import type { Parameter } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { until } from '../emulator/open-test-migration.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { clusterIs, instanceIs, placeOf, query } from './rds-lab.ts'

let group: ServerGroup
let server: PostgresServer
let storage: PostgresServer
let aws: TestEmulator

beforeAll(async () => {
  group = await openServerGroup('parameters')
  ;[server, storage] = await Promise.all([
    group.start({ name: 'instance', major: 15 }),
    group.start({ name: 'aurora', major: 17 }),
  ])
  aws = await openTestEmulator({
    rds: {
      instances: [
        { identifier: 'shop', ...placeOf(server) },
        {
          identifier: 'aurora-1',
          engine: 'aurora-postgresql',
          address: '127.0.0.1',
          port: storage.port,
          engineVersion: '17.0',
          clusterIdentifier: 'aurora',
        },
      ],
      clusters: [{ identifier: 'aurora', ...placeOf(storage), members: ['aurora-1'] }],
    },
  })
})
afterAll(async () => {
  await aws?.close()
  await group?.close()
})

async function show(on: PostgresServer, setting: string): Promise<unknown> {
  const [row] = await query(on.superuserUrl, `SELECT current_setting('${setting}') AS value`)
  return row?.value
}

async function instanceStatus(): Promise<string | undefined> {
  const { DBInstances } = await aws.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'shop' }))
  return DBInstances?.[0]?.DBParameterGroups?.[0]?.ParameterApplyStatus
}

const inSync = () => until('in-sync', async () => ((await instanceStatus()) === 'in-sync' ? true : undefined))

async function reboot(identifier: string): Promise<void> {
  await aws.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: identifier }))
  await instanceIs(aws.rds, identifier, 'available')
}

const set = (...Parameters: Parameter[]) =>
  aws.rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: 'shop-15', Parameters }))

describe('a parameter group of an instance', () => {
  it('is made, and acts after a reboot from when it is attached', async () => {
    const made = {
      DBParameterGroupName: 'shop-15',
      DBParameterGroupFamily: 'postgres15',
      Description: 'of the shop',
    }
    const { DBParameterGroup } = await aws.rds.send(new CreateDBParameterGroupCommand(made))
    expect(DBParameterGroup).toMatchObject(made)
    await expect(aws.rds.send(new CreateDBParameterGroupCommand(made))).rejects.toBeInstanceOf(
      DBParameterGroupAlreadyExistsFault,
    )
    await set({ ParameterName: 'log_connections', ParameterValue: '1', ApplyMethod: 'immediate' })
    await aws.rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'shop', DBParameterGroupName: 'shop-15' }),
    )
    await instanceIs(aws.rds, 'shop', 'available')
    expect(await instanceStatus()).toBe('pending-reboot')
    expect(await show(server, 'log_connections')).toBe('off')
    await reboot('shop')
    expect(await instanceStatus()).toBe('in-sync')
    expect(await show(server, 'log_connections')).toBe('on')
  })

  it('changes a dynamic parameter while the server runs, and back', async () => {
    await set({
      ParameterName: 'session_replication_role',
      ParameterValue: 'replica',
      ApplyMethod: 'immediate',
    })
    expect(await instanceStatus()).toBe('applying')
    await inSync()
    await until('replica', async () =>
      (await show(server, 'session_replication_role')) === 'replica' ? true : undefined,
    )
    const { Parameters } = await aws.rds.send(
      new DescribeDBParametersCommand({ DBParameterGroupName: 'shop-15', Source: 'user' }),
    )
    expect(Parameters?.map(({ ParameterName: name, ParameterValue: value }) => `${name}=${value}`)).toEqual([
      'log_connections=1',
      'session_replication_role=replica',
    ])
    await aws.rds.send(
      new ResetDBParameterGroupCommand({
        DBParameterGroupName: 'shop-15',
        Parameters: [{ ParameterName: 'session_replication_role', ApplyMethod: 'immediate' }],
      }),
    )
    await inSync()
    await until('origin', async () =>
      (await show(server, 'session_replication_role')) === 'origin' ? true : undefined,
    )
  })

  it('changes a static parameter at the next reboot only', async () => {
    const slots = { ParameterName: 'max_replication_slots', ParameterValue: '33' }
    await expect(set({ ...slots, ApplyMethod: 'immediate' })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    })
    await set({ ...slots, ApplyMethod: 'pending-reboot' })
    expect(await instanceStatus()).toBe('pending-reboot')
    expect(await show(server, 'max_replication_slots')).toBe('20')
    await reboot('shop')
    expect(await instanceStatus()).toBe('in-sync')
    expect(await show(server, 'max_replication_slots')).toBe('33')
    await expect(set({ ParameterName: 'colour', ParameterValue: 'red' })).rejects.toMatchObject({
      name: 'ValidationError',
    })
    await expect(
      set({ ParameterName: 'colour', ParameterValue: 'red', ApplyMethod: 'immediate' }),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })

  it('that keeps the server from starting says so, until it is put right', async () => {
    await query(server.superuserUrl, `SELECT pg_create_logical_replication_slot('dms', 'test_decoding')`)
    const logical = { ParameterName: 'rds.logical_replication', ApplyMethod: 'pending-reboot' } as const
    await set({ ...logical, ParameterValue: '0' })
    await aws.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'shop' }))
    await instanceIs(aws.rds, 'shop', 'incompatible-parameters')
    await set({ ...logical, ParameterValue: '1' })
    await reboot('shop')
    expect(await show(server, 'wal_level')).toBe('logical')
  })

  it('goes only when nobody uses it', async () => {
    const remove = new DeleteDBParameterGroupCommand({ DBParameterGroupName: 'shop-15' })
    await expect(aws.rds.send(remove)).rejects.toBeInstanceOf(InvalidDBParameterGroupStateFault)
    await expect(
      aws.rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: 'default.postgres15' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })
})

describe('a parameter group of a cluster', () => {
  it('acts by a reboot of the writer, which every member shows', async () => {
    await aws.rds.send(
      new CreateDBClusterParameterGroupCommand({
        DBClusterParameterGroupName: 'aurora-17',
        DBParameterGroupFamily: 'aurora-postgresql17',
        Description: 'of the target',
      }),
    )
    await aws.rds.send(
      new ModifyDBClusterParameterGroupCommand({
        DBClusterParameterGroupName: 'aurora-17',
        Parameters: [
          { ParameterName: 'rds.logical_replication', ParameterValue: '0', ApplyMethod: 'pending-reboot' },
        ],
      }),
    )
    await aws.rds.send(
      new ModifyDBClusterCommand({
        DBClusterIdentifier: 'aurora',
        DBClusterParameterGroupName: 'aurora-17',
        VpcSecurityGroupIds: ['sg-7'],
        BackupRetentionPeriod: 3,
      }),
    )
    const cluster = await clusterIs(aws.rds, 'aurora', 'available')
    expect(cluster).toMatchObject({
      DBClusterParameterGroup: 'aurora-17',
      BackupRetentionPeriod: 3,
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-7' }],
      DBClusterMembers: [{ DBClusterParameterGroupStatus: 'pending-reboot' }],
    })
    expect(await show(storage, 'wal_level')).toBe('logical')
    await reboot('aurora-1')
    expect(await show(storage, 'wal_level')).toBe('replica')
    const { DBClusters } = await aws.rds.send(new DescribeDBClustersCommand({}))
    expect(DBClusters?.[0]?.DBClusterMembers?.[0]?.DBClusterParameterGroupStatus).toBe('in-sync')
  })
})

describe('RDS', () => {
  it('has no maintenance pending, a subnet group, and tags that can be changed', async () => {
    const { PendingMaintenanceActions } = await aws.rds.send(new DescribePendingMaintenanceActionsCommand({}))
    expect(PendingMaintenanceActions).toEqual([])
    const { DBSubnetGroups } = await aws.rds.send(new DescribeDBSubnetGroupsCommand({}))
    expect(DBSubnetGroups).toMatchObject([{ DBSubnetGroupName: 'default', Subnets: [{}, {}, {}] }])
    const ResourceName = 'arn:aws:rds:eu-west-1:123456789012:cluster:aurora'
    const Tags = [
      { Key: 'migration', Value: 'shop' },
      { Key: 'other', Value: 'x' },
    ]
    await aws.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }))
    await aws.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['other'] }))
    const { TagList } = await aws.rds.send(new ListTagsForResourceCommand({ ResourceName }))
    expect(TagList).toEqual([{ Key: 'migration', Value: 'shop' }])
  })
})
