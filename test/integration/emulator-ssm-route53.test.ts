import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ChangeAction,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53'
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestEmulator, type TestClients, type TestEmulator } from '../emulator/open-test-emulator.ts'

const zone = 'Z0123456789ABCDEFGHIJ'
let aws: TestEmulator
let reader: TestClients

beforeAll(async () => {
  aws = await openTestEmulator({
    credentials: [
      { accessKeyId: 'AKIAEMULATEDADMIN001' },
      {
        accessKeyId: 'AKIAEMULATEDREADER01',
        allow: ['ssm:GetParameter', 'route53:ListResourceRecordSets'],
      },
    ],
    parameters: {
      '/shop/host': 'old.example',
      '/shop/url': {
        value: 'postgres://app:secret@old.example/shop',
        type: 'SecureString',
        tier: 'Advanced',
        keyId: 'alias/shop',
        allowedPattern: '^postgres://',
      },
    },
    hostedZones: [
      {
        id: zone,
        name: 'shop.internal',
        records: [
          { name: 'db.shop.internal', ttl: 30, values: ['old.example'] },
          { name: 'both.shop.internal', values: ['blue'], setIdentifier: 'blue', weight: 255 },
          { name: 'both.shop.internal', values: ['green'], setIdentifier: 'green', weight: 0 },
          { name: '*.shop.internal', values: ['any.example'] },
        ],
      },
    ],
  })
  aws = { ...aws, ...aws.clientsFor('AKIAEMULATEDADMIN001') }
  reader = aws.clientsFor('AKIAEMULATEDREADER01')
})
afterAll(() => aws.close())

const change = (Action: ChangeAction, ResourceRecordSet: ResourceRecordSet) =>
  aws.route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zone,
      ChangeBatch: { Comment: 'x & <y>', Changes: [{ Action, ResourceRecordSet }] },
    }),
  )
const record = (host: string, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet => ({
  Name: 'db.shop.internal',
  Type: 'CNAME',
  TTL: 30,
  ResourceRecords: [{ Value: host }],
  ...more,
})

test('a parameter is read, written as a new version, and described without its value', async () => {
  const before = await aws.ssm.send(new GetParameterCommand({ Name: '/shop/host' }))
  expect(before.Parameter).toMatchObject({
    Value: 'old.example',
    Version: 1,
    Type: 'String',
    ARN: 'arn:aws:ssm:eu-west-1:123456789012:parameter/shop/host',
  })
  const put = await aws.ssm.send(
    new PutParameterCommand({ Name: '/shop/host', Value: 'new.example', Overwrite: true }),
  )
  expect(put).toMatchObject({ Version: 2, Tier: 'Standard' })
  const { Parameters } = await aws.ssm.send(
    new DescribeParametersCommand({
      ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['/shop/host'] }],
    }),
  )
  expect(Parameters).toMatchObject([{ Name: '/shop/host', Version: 2, Type: 'String', DataType: 'text' }])
  expect(Parameters?.[0]).not.toHaveProperty('Value')
  const history = await aws.ssm.send(new GetParameterHistoryCommand({ Name: '/shop/host' }))
  expect(history.Parameters?.map(({ Value }) => Value)).toEqual(['old.example', 'new.example'])
})

test('a SecureString is shown to those who ask for decryption, and loses what is not said again', async () => {
  const name = '/shop/url'
  const sealed = await aws.ssm.send(new GetParameterCommand({ Name: name }))
  expect(sealed.Parameter?.Value).not.toContain('secret')
  const wrong = { Name: name, Value: 'mysql://x', Overwrite: true, AllowedPattern: '^postgres://' } as const
  await expect(aws.ssm.send(new PutParameterCommand({ ...wrong, Tier: 'Advanced' }))).rejects.toMatchObject({
    name: 'ParameterPatternMismatchException',
  })
  await expect(
    aws.ssm.send(new PutParameterCommand({ Name: name, Value: 'postgres://y', Overwrite: true })),
  ).rejects.toMatchObject({ name: 'ValidationException' })
  await aws.ssm.send(
    new PutParameterCommand({ Name: name, Value: 'postgres://y', Overwrite: true, Tier: 'Advanced' }),
  )
  const { Parameters } = await aws.ssm.send(new DescribeParametersCommand({}))
  expect(Parameters?.find(({ Name }) => Name === name)).toMatchObject({
    KeyId: 'alias/aws/ssm',
    Type: 'SecureString',
  })
})

test('what is not there, is there already, or not allowed, is refused in SSM’s own words', async () => {
  await expect(aws.ssm.send(new GetParameterCommand({ Name: '/none' }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  })
  const again = new PutParameterCommand({ Name: '/shop/host', Value: 'x', Type: 'String' })
  await expect(aws.ssm.send(again)).rejects.toMatchObject({ name: 'ParameterAlreadyExists' })
  await expect(reader.ssm.send(again)).rejects.toMatchObject({ name: 'AccessDeniedException' })
})

test('a record changes at once and is in sync a little later', async () => {
  const { ChangeInfo } = await change('UPSERT', record('new.example', { TTL: 5 }))
  expect(ChangeInfo).toMatchObject({ Status: 'PENDING', SubmittedAt: expect.any(Date) as Date })
  const id = ChangeInfo?.Id ?? ''
  await expect
    .poll(async () => (await aws.route53.send(new GetChangeCommand({ Id: id }))).ChangeInfo?.Status)
    .toBe('INSYNC')
  const listed = await aws.route53.send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: zone,
      StartRecordName: 'db.shop.internal',
      StartRecordType: 'CNAME',
      MaxItems: 1,
    }),
  )
  expect(listed.ResourceRecordSets).toEqual([
    { Name: 'db.shop.internal.', Type: 'CNAME', TTL: 5, ResourceRecords: [{ Value: 'new.example' }] },
  ])
})

test('records of one name are told apart by their set identifier, and lists go by name', async () => {
  const { ResourceRecordSets } = await aws.route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zone }),
  )
  expect(ResourceRecordSets?.map(({ Name, SetIdentifier, Weight }) => [Name, SetIdentifier, Weight])).toEqual(
    [
      [String.raw`\052.shop.internal.`, undefined, undefined],
      ['both.shop.internal.', 'blue', 255],
      ['both.shop.internal.', 'green', 0],
      ['db.shop.internal.', undefined, undefined],
    ],
  )
  await expect(change('UPSERT', record('x', { Name: 'both.shop.internal' }))).rejects.toMatchObject({
    name: 'InvalidChangeBatch',
  })
})

test.each([
  ['made twice', 'CREATE', record('x'), /already exists/u],
  ['deleted with another value', 'DELETE', record('y'), /do not match/u],
  ['in another zone', 'UPSERT', record('x', { Name: 'db.elsewhere' }), /not permitted in zone/u],
  ['of another type beside a CNAME', 'UPSERT', record('10.0.0.1', { Type: 'A' }), /conflicts/u],
] as const)('a record %s is refused in Route 53’s own words', async (_, action, set, words) => {
  await expect(change(action, set)).rejects.toMatchObject({
    name: 'InvalidChangeBatch',
    message: expect.stringMatching(words) as string,
  })
})

test('zones, changes and rights that are not there', async () => {
  await expect(
    aws.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: 'ZNONE' })),
  ).rejects.toMatchObject({ name: 'NoSuchHostedZone' })
  await expect(aws.route53.send(new GetChangeCommand({ Id: 'CNONE' }))).rejects.toMatchObject({
    name: 'NoSuchChange',
  })
  await expect(reader.route53.send(new GetChangeCommand({ Id: 'CNONE' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  })
})
