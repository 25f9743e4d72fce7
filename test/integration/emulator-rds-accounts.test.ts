import { DescribeReplicationInstancesCommand } from '@aws-sdk/client-database-migration-service'
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2'
import { DescribeKeyCommand, GetKeyPolicyCommand, NotFoundException } from '@aws-sdk/client-kms'
import {
  AcceptResourceShareInvitationCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  GetResourceShareInvitationsCommand,
  GetResourceSharesCommand,
  ListPrincipalsCommand,
  ListResourcesCommand,
  ResourceShareInvitationAlreadyAcceptedException,
  UnknownResourceException,
} from '@aws-sdk/client-ram'
import {
  CreateDBInstanceCommand,
  DBClusterNotFoundFault,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  KMSKeyNotAccessibleFault,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestClients, TestEmulator } from '../emulator/open-test-emulator.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { clusterIs, instanceIs, placeOf, query, urlAt } from './rds-lab.ts'

const target = '222233334444'
const ownKey = 'arn:aws:kms:eu-west-1:123456789012:key/own'
const sharedKey = 'arn:aws:kms:eu-west-1:123456789012:key/shared'
const shopArn = 'arn:aws:rds:eu-west-1:123456789012:cluster:shop'

let group: ServerGroup
let source: PostgresServer
let aws: TestEmulator
let other: TestClients

beforeAll(async () => {
  group = await openServerGroup('two accounts')
  source = await group.start({ name: 'source', major: 15 })
  await query(source.superuserUrl, 'CREATE TABLE t AS SELECT 1 AS id')
  const shop = placeOf(source)
  aws = await openTestEmulator({
    rds: {
      instances: [],
      clusters: [
        { identifier: 'shop', ...shop, kmsKeyId: sharedKey },
        { identifier: 'default-key', ...shop },
        { identifier: 'private-key', ...shop, kmsKeyId: ownKey },
      ],
    },
    keys: [
      { id: 'own', alias: 'alias/own' },
      {
        id: 'shared',
        policy: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'kms:*' },
            {
              Effect: 'Allow',
              Principal: { AWS: [`arn:aws:iam::${target}:root`] },
              Action: ['kms:DescribeKey', 'kms:CreateGrant', 'kms:Decrypt'],
            },
          ],
        },
      },
    ],
    shares: [
      {
        name: 'encrypted otherwise',
        resources: [shopArn.replace('shop', 'default-key'), shopArn.replace('shop', 'private-key')],
        principals: [target],
      },
    ],
    securityGroups: [
      { id: 'sg-1', ingress: [{ fromPort: 5432, toPort: 5432, cidrs: ['10.0.0.0/8'], groups: ['sg-2'] }] },
      { id: 'sg-2', name: 'application' },
    ],
    accounts: [
      {
        account: target,
        credentials: [{ accessKeyId: 'AKIAMAYNOTHINGATALL1', allow: [] }],
        secrets: { 'target/app': { username: 'app' } },
        replicationInstances: [{ identifier: 'theirs' }],
        keys: [{ id: 'theirs' }],
      },
      { account: '123456789012', region: 'us-east-1', replicationInstances: [{ identifier: 'overseas' }] },
    ],
  })
  other = await aws.clientsOf(target)
})
afterAll(async () => {
  await aws?.close()
  await group?.close()
})

const clone = (rds: TestClients['rds'], sourceArn: string, more: { KmsKeyId?: string } = {}) =>
  rds.send(
    new RestoreDBClusterToPointInTimeCommand({
      DBClusterIdentifier: 'copy',
      SourceDBClusterIdentifier: sourceArn,
      RestoreType: 'copy-on-write',
      UseLatestRestorableTime: true,
      ...more,
    }),
  )

const instancesOf = async ({ dms }: TestClients) => {
  const { ReplicationInstances } = await dms.send(new DescribeReplicationInstancesCommand({}))
  return ReplicationInstances?.map(({ ReplicationInstanceArn: arn, ReplicationInstanceIdentifier: id }) => [
    id,
    arn?.split(':').slice(3, 5).join(' '),
  ])
}

describe('another account', () => {
  it('is entered by a role, and has what is its own in every service', async () => {
    const identity = await other.sts.send(new GetCallerIdentityCommand({}))
    expect(identity).toMatchObject({
      Account: target,
      Arn: `arn:aws:sts::${target}:assumed-role/migration/test`,
    })
    expect(await instancesOf(aws)).toEqual([['rep', 'eu-west-1 123456789012']])
    expect(await instancesOf(other)).toEqual([['theirs', `eu-west-1 ${target}`]])
    const { DBClusters } = await other.rds.send(new DescribeDBClustersCommand({}))
    expect(DBClusters).toEqual([])
    const secret = await other.secrets.send(new GetSecretValueCommand({ SecretId: 'target/app' }))
    expect(secret.ARN).toContain(`:${target}:`)
    await expect(
      aws.secrets.send(new GetSecretValueCommand({ SecretId: 'target/app' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('that nobody configured cannot be entered', async () => {
    const role = { RoleArn: 'arn:aws:iam::999999999999:role/migration', RoleSessionName: 'test' }
    await expect(aws.sts.send(new AssumeRoleCommand(role))).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('is told from its own other regions by the region that clients sign for', async () => {
    const key = aws.emulator.environment().AWS_ACCESS_KEY_ID ?? ''
    expect(await instancesOf(aws.clientsFor(key, 'us-east-1'))).toEqual([
      ['overseas', 'us-east-1 123456789012'],
    ])
    const nowhere = aws.clientsFor(key, 'ap-south-1')
    expect((await nowhere.rds.send(new DescribeDBInstancesCommand({}))).DBInstances).toEqual([])
  })

  it('leaves a trace of itself in the call log', async () => {
    const calls = await aws.emulator.calls()
    expect(calls.filter(({ operation }) => operation === 'DescribeDBClusters')[0]).toMatchObject({
      account: target,
      region: 'eu-west-1',
    })
  })
})

describe('a cluster of another account', () => {
  it('does not exist before it was shared and the invitation taken', async () => {
    await expect(clone(other.rds, shopArn)).rejects.toBeInstanceOf(DBClusterNotFoundFault)
    await expect(
      aws.ram.send(new CreateResourceShareCommand({ name: 'x', resourceArns: [`${shopArn}-none`] })),
    ).rejects.toBeInstanceOf(UnknownResourceException)
    const { resourceShare } = await aws.ram.send(
      new CreateResourceShareCommand({ name: 'shop', resourceArns: [shopArn], principals: [target] }),
    )
    await expect(clone(other.rds, shopArn)).rejects.toBeInstanceOf(DBClusterNotFoundFault)
    const resourceShareArns = [resourceShare?.resourceShareArn ?? '']
    const { resourceShareInvitations } = await other.ram.send(
      new GetResourceShareInvitationsCommand({ resourceShareArns }),
    )
    expect(resourceShareInvitations).toMatchObject([
      { status: 'PENDING', senderAccountId: '123456789012', receiverAccountId: target },
    ])
    const accept = new AcceptResourceShareInvitationCommand({
      resourceShareInvitationArn: resourceShareInvitations?.[0]?.resourceShareInvitationArn,
    })
    const accepted = await other.ram.send(accept)
    expect(accepted.resourceShareInvitation?.status).toBe('ACCEPTED')
    await expect(other.ram.send(accept)).rejects.toBeInstanceOf(
      ResourceShareInvitationAlreadyAcceptedException,
    )
    const { resources } = await other.ram.send(
      new ListResourcesCommand({ resourceOwner: 'OTHER-ACCOUNTS', resourceShareArns }),
    )
    expect(resources).toMatchObject([{ arn: shopArn, type: 'rds:Cluster', status: 'AVAILABLE' }])
    const { principals } = await aws.ram.send(
      new ListPrincipalsCommand({ resourceOwner: 'SELF', resourceArn: shopArn }),
    )
    expect(principals?.map(({ id }) => id)).toEqual([target])
    const { resourceShares } = await aws.ram.send(
      new GetResourceSharesCommand({ resourceOwner: 'SELF', name: 'shop' }),
    )
    expect(resourceShares?.[0]).toMatchObject({ status: 'ACTIVE', owningAccountId: '123456789012' })
  })

  it('is described by its ARN, and listed where shared ones are asked for', async () => {
    const named = await other.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: shopArn }))
    expect(named.DBClusters?.[0]).toMatchObject({ DBClusterArn: shopArn, KmsKeyId: sharedKey })
    const { DBClusters } = await other.rds.send(new DescribeDBClustersCommand({ IncludeShared: true }))
    expect(DBClusters?.map(({ DBClusterArn }) => DBClusterArn)).toContain(shopArn)
  })

  it('is refused with the fault of KMS where its key cannot be used: the default one, or without a policy', async () => {
    for (const name of ['default-key', 'private-key']) {
      await expect(clone(other.rds, shopArn.replace('shop', name))).rejects.toBeInstanceOf(
        KMSKeyNotAccessibleFault,
      )
    }
    await expect(clone(other.rds, shopArn, { KmsKeyId: ownKey })).rejects.toBeInstanceOf(
      KMSKeyNotAccessibleFault,
    )
  })

  it('is cloned into this one, encrypted with a key of its own', async () => {
    const KmsKeyId = `arn:aws:kms:eu-west-1:${target}:key/theirs`
    const { DBCluster } = await clone(other.rds, shopArn, { KmsKeyId: 'theirs' })
    expect(DBCluster).toMatchObject({
      DBClusterArn: `arn:aws:rds:eu-west-1:${target}:cluster:copy`,
      KmsKeyId,
    })
    await clusterIs(other.rds, 'copy', 'available')
    await other.rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'copy-1',
        DBClusterIdentifier: 'copy',
        DBInstanceClass: 'db.r6g.large',
        Engine: 'aurora-postgresql',
      }),
    )
    const { Endpoint } = await instanceIs(other.rds, 'copy-1', 'available')
    expect(await query(urlAt(source, Endpoint?.Port), 'SELECT id FROM t')).toEqual([{ id: 1 }])
    await aws.emulator.restart()
    expect(await query(urlAt(source, Endpoint?.Port), 'SELECT id FROM t')).toEqual([{ id: 1 }])
  })

  it('is out of reach again once the share is gone', async () => {
    const { resourceShares } = await aws.ram.send(
      new GetResourceSharesCommand({ resourceOwner: 'SELF', name: 'shop' }),
    )
    await aws.ram.send(
      new DeleteResourceShareCommand({ resourceShareArn: resourceShares?.[0]?.resourceShareArn }),
    )
    await expect(
      other.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: shopArn })),
    ).rejects.toBeInstanceOf(DBClusterNotFoundFault)
  })
})

describe('KMS', () => {
  it('describes keys by id, alias and ARN, and who manages them', async () => {
    const managed = await aws.kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/rds' }))
    expect(managed.KeyMetadata).toMatchObject({ KeyManager: 'AWS', KeyState: 'Enabled' })
    const own = await aws.kms.send(new DescribeKeyCommand({ KeyId: 'alias/own' }))
    expect(own.KeyMetadata).toMatchObject({ Arn: ownKey, KeyManager: 'CUSTOMER', Enabled: true })
    expect(own.KeyMetadata?.CreationDate).toBeInstanceOf(Date)
    await expect(aws.kms.send(new DescribeKeyCommand({ KeyId: 'none' }))).rejects.toBeInstanceOf(
      NotFoundException,
    )
  })

  it('lets another account see only what a policy shows', async () => {
    const shared = await other.kms.send(new DescribeKeyCommand({ KeyId: sharedKey }))
    expect(shared.KeyMetadata?.AWSAccountId).toBe('123456789012')
    const denied = { name: 'AccessDeniedException' }
    await expect(other.kms.send(new DescribeKeyCommand({ KeyId: ownKey }))).rejects.toMatchObject(denied)
    await expect(other.kms.send(new GetKeyPolicyCommand({ KeyId: sharedKey }))).rejects.toMatchObject(denied)
    const { Policy } = await aws.kms.send(new GetKeyPolicyCommand({ KeyId: sharedKey }))
    expect(JSON.parse(Policy ?? '')).toMatchObject({ Statement: [{}, { Effect: 'Allow' }] })
  })
})

describe('a policy', () => {
  it('denies in the words of each service', async () => {
    const poor = aws.clientsFor('AKIAMAYNOTHINGATALL1')
    await expect(poor.ec2.send(new DescribeSecurityGroupsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    })
    const denied = { name: 'AccessDeniedException' }
    await expect(poor.kms.send(new DescribeKeyCommand({ KeyId: 'own' }))).rejects.toMatchObject(denied)
    await expect(poor.ram.send(new ListResourcesCommand({ resourceOwner: 'SELF' }))).rejects.toMatchObject(
      denied,
    )
    await expect(poor.rds.send(new DescribeDBClustersCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    const identity = await poor.sts.send(new GetCallerIdentityCommand({}))
    expect(identity.Account).toBe(target)
  })
})

describe('EC2', () => {
  it('describes security groups with their rules, in its own form of the Query protocol', async () => {
    const { SecurityGroups } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: ['sg-1'] }))
    expect(SecurityGroups).toMatchObject([
      {
        GroupId: 'sg-1',
        OwnerId: '123456789012',
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 5432,
            ToPort: 5432,
            IpRanges: [{ CidrIp: '10.0.0.0/8' }],
            UserIdGroupPairs: [{ GroupId: 'sg-2' }],
          },
        ],
      },
    ])
    const named = await aws.ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['application'] }] }),
    )
    expect(named.SecurityGroups?.map(({ GroupId }) => GroupId)).toEqual(['sg-2'])
    const theirs = await other.ec2.send(new DescribeSecurityGroupsCommand({}))
    expect(theirs.SecurityGroups).toMatchObject([{ GroupId: 'sg-0123456789abcdef0', IpPermissions: [] }])
    await expect(
      aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: ['sg-none'] })),
    ).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
  })
})
