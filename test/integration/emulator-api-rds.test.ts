import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  DBClusterNotFoundFault,
  DBInstanceNotFoundFault,
  DBParameterGroupNotFoundFault,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  ListTagsForResourceCommand,
  paginateDescribeDBInstances,
  paginateDescribeDBParameters,
} from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { emulatedAccount } from './emulated-account.ts'

let aws: TestEmulator

beforeAll(async () => {
  aws = await openTestEmulator(emulatedAccount)
})

afterAll(() => aws?.close())

describe('an unmodified client', () => {
  it('of every service finds the emulator by AWS_ENDPOINT_URL alone', async () => {
    const script = `
      import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
      import { DatabaseMigrationServiceClient, DescribeReplicationInstancesCommand } from '@aws-sdk/client-database-migration-service'
      import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds'
      import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
      import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
      const answers = await Promise.all([
        new DatabaseMigrationServiceClient({}).send(new DescribeReplicationInstancesCommand({})),
        new RDSClient({}).send(new DescribeDBClustersCommand({})),
        new CloudWatchClient({}).send(new ListMetricsCommand({ Namespace: 'none' })),
        new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: 'shop/app' })),
        new STSClient({}).send(new GetCallerIdentityCommand({})),
      ])
      console.log(JSON.stringify(answers.map(({ $metadata, ...answer }) => Object.keys(answer)[0])))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('../..', import.meta.url),
      env: aws.emulator.environment(),
    })
    expect(JSON.parse(stdout)).toEqual(['ReplicationInstances', 'DBClusters', 'Metrics', 'ARN', 'UserId'])
  })
})

describe('RDS', () => {
  it('describes instances with their parameter groups, endpoints and tags', async () => {
    const { DBInstances } = await aws.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'SHOP-SOURCE' }),
    )
    expect(DBInstances).toHaveLength(1)
    expect(DBInstances?.[0]).toMatchObject({
      DBInstanceIdentifier: 'shop-source',
      DBInstanceArn: 'arn:aws:rds:eu-west-1:123456789012:db:shop-source',
      Engine: 'postgres',
      EngineVersion: '15.18',
      Endpoint: { Address: '127.0.0.1', Port: 5432 },
      DBParameterGroups: [{ DBParameterGroupName: 'shop-15', ParameterApplyStatus: 'pending-reboot' }],
      MultiAZ: false,
      BackupRetentionPeriod: 7,
      TagList: [{ Key: 'team', Value: 'shop & co <ltd>' }],
    })
    expect(DBInstances?.[0]?.InstanceCreateTime).toBeInstanceOf(Date)
  })

  it('describes clusters with their members', async () => {
    const Filters = [
      { Name: 'db-cluster-id', Values: ['arn:aws:rds:eu-west-1:123456789012:cluster:shop-target'] },
    ]
    const { DBClusters } = await aws.rds.send(new DescribeDBClustersCommand({ Filters }))
    expect(DBClusters?.[0]).toMatchObject({
      DBClusterIdentifier: 'shop-target',
      Status: 'available',
      Endpoint: '127.0.0.2',
      DBClusterParameterGroup: 'default.aurora-postgresql17',
      DBClusterMembers: [
        {
          DBInstanceIdentifier: 'shop-target-1',
          IsClusterWriter: true,
          DBClusterParameterGroupStatus: 'in-sync',
          PromotionTier: 0,
        },
      ],
    })
    const members = await aws.rds.send(
      new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: ['shop-target'] }] }),
    )
    expect(members.DBInstances?.map((instance) => instance.DBInstanceIdentifier)).toEqual(['shop-target-1'])
  })

  it('refuses with the faults that the SDK models', async () => {
    await expect(
      aws.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'none' })),
    ).rejects.toBeInstanceOf(DBInstanceNotFoundFault)
    await expect(
      aws.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'none' })),
    ).rejects.toBeInstanceOf(DBClusterNotFoundFault)
    await expect(
      aws.rds.send(new DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: 'none' })),
    ).rejects.toBeInstanceOf(DBParameterGroupNotFoundFault)
    await expect(
      aws.rds.send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })

  it('walks instances and parameters in pages', async () => {
    const pages: number[] = []
    for await (const page of paginateDescribeDBInstances({ client: aws.rds, pageSize: 20 }, {}))
      pages.push(page.DBInstances?.length ?? 0)
    expect(pages).toEqual([20, 3])
    const set: (string | undefined)[] = []
    const request = { DBParameterGroupName: 'shop-15', Source: 'user' }
    for await (const page of paginateDescribeDBParameters({ client: aws.rds, pageSize: 20 }, request)) {
      set.push(
        ...(page.Parameters ?? []).map(
          ({ ParameterName, ParameterValue }) => `${ParameterName}=${ParameterValue}`,
        ),
      )
    }
    expect(set).toEqual(['rds.logical_replication=1'])
  })

  it('tells a static parameter from a dynamic one', async () => {
    const { Parameters } = await aws.rds.send(
      new DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: 'default.aurora-postgresql17' }),
    )
    const find = (name: string) => Parameters?.find(({ ParameterName }) => ParameterName === name)
    expect(find('rds.logical_replication')).toMatchObject({
      ParameterValue: '0',
      ApplyType: 'static',
      ApplyMethod: 'pending-reboot',
      IsModifiable: true,
    })
    expect(find('session_replication_role')).toMatchObject({ ApplyType: 'dynamic', ApplyMethod: 'immediate' })
  })

  it('lists groups, engine versions and tags', async () => {
    const groups = await aws.rds.send(
      new DescribeDBParameterGroupsCommand({ DBParameterGroupName: 'shop-15' }),
    )
    expect(groups.DBParameterGroups?.[0]).toMatchObject({ DBParameterGroupFamily: 'postgres15' })
    const clusterGroups = await aws.rds.send(new DescribeDBClusterParameterGroupsCommand({}))
    expect(clusterGroups.DBClusterParameterGroups?.map((group) => group.DBClusterParameterGroupName)).toEqual(
      ['default.aurora-postgresql17'],
    )
    const versions = await aws.rds.send(new DescribeDBEngineVersionsCommand({ Engine: 'aurora-postgresql' }))
    expect(versions.DBEngineVersions?.map(({ EngineVersion }) => EngineVersion)).toEqual(['17.4'])
    const tags = await aws.rds.send(
      new ListTagsForResourceCommand({ ResourceName: 'arn:aws:rds:eu-west-1:123456789012:db:shop-source' }),
    )
    expect(tags.TagList).toEqual([{ Key: 'team', Value: 'shop & co <ltd>' }])
  })
})
