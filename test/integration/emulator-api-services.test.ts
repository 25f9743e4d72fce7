import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch'
import { DescribeDBClustersCommand } from '@aws-sdk/client-rds'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { emulatedAccount } from './emulated-account.ts'

let aws: TestEmulator

beforeAll(async () => {
  aws = await openTestEmulator(emulatedAccount)
})

afterAll(() => aws?.close())

describe('Secrets Manager', () => {
  const value = async (
    selector: { VersionStage?: string; VersionId?: string } = {},
  ): Promise<string | undefined> =>
    (await aws.secrets.send(new GetSecretValueCommand({ SecretId: 'shop/app', ...selector }))).SecretString

  it('keeps numbers as numbers and finds a secret by name and by ARN', async () => {
    const byName = await aws.secrets.send(new GetSecretValueCommand({ SecretId: 'shop/app' }))
    expect(JSON.parse(byName.SecretString ?? '')).toEqual({
      host: '127.0.0.1',
      port: 5432,
      username: 'shop_app',
      password: 'first',
    })
    const byArn = await aws.secrets.send(new GetSecretValueCommand({ SecretId: byName.ARN ?? '' }))
    expect(byArn.VersionId).toBe(byName.VersionId)
    expect(byName.VersionStages).toEqual(['AWSCURRENT'])
  })

  it('moves AWSCURRENT and AWSPREVIOUS with each new value, and back', async () => {
    const first =
      (await aws.secrets.send(new GetSecretValueCommand({ SecretId: 'shop/app' }))).VersionId ?? ''
    const ClientRequestToken = '11111111-2222-3333-4444-555555555555'
    const put = (SecretString: string) =>
      aws.secrets.send(new PutSecretValueCommand({ SecretId: 'shop/app', SecretString, ClientRequestToken }))
    await put('second')
    await put('second')
    await expect(put('other')).rejects.toMatchObject({ name: 'ResourceExistsException' })
    expect([await value(), await value({ VersionStage: 'AWSPREVIOUS' })]).toEqual([
      'second',
      expect.stringContaining('first'),
    ])
    const move = (RemoveFromVersionId?: string) =>
      aws.secrets.send(
        new UpdateSecretVersionStageCommand({
          SecretId: 'shop/app',
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: first,
          RemoveFromVersionId,
        }),
      )
    await expect(move()).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await move(ClientRequestToken)
    expect([await value(), await value({ VersionStage: 'AWSPREVIOUS' })]).toEqual([
      expect.stringContaining('first'),
      'second',
    ])
    const { VersionIdsToStages } = await aws.secrets.send(new DescribeSecretCommand({ SecretId: 'shop/app' }))
    expect(VersionIdsToStages).toEqual({ [first]: ['AWSCURRENT'], [ClientRequestToken]: ['AWSPREVIOUS'] })
  })

  it('creates and lists secrets, and knows which it does not have', async () => {
    await aws.secrets.send(
      new CreateSecretCommand({ Name: 'shop/new', SecretString: 'x', Tags: [{ Key: 'k', Value: 'v' }] }),
    )
    const { SecretList } = await aws.secrets.send(
      new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['shop/'] }] }),
    )
    expect(SecretList?.map(({ Name }) => Name)).toEqual(['shop/app', 'shop/new'])
    expect(JSON.stringify(SecretList)).not.toContain('SecretString')
    await expect(aws.secrets.send(new CreateSecretCommand({ Name: 'shop/new' }))).rejects.toMatchObject({
      name: 'ResourceExistsException',
    })
    await expect(aws.secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    )
    await expect(value({ VersionStage: 'AWSPENDING' })).rejects.toBeInstanceOf(ResourceNotFoundException)
  })
})

describe('STS', () => {
  it('says who calls', async () => {
    const identity = await aws.sts.send(new GetCallerIdentityCommand({}))
    expect(identity).toMatchObject({
      Account: '123456789012',
      Arn: expect.stringContaining(':user/') as string,
    })
  })

  it('hands out keys that carry the policy of the role', async () => {
    const role = { RoleArn: 'arn:aws:iam::123456789012:role/reader', RoleSessionName: 'migration' }
    const { Credentials } = await aws.sts.send(new AssumeRoleCommand(role))
    const session = aws.clientsFor(Credentials?.AccessKeyId ?? '')
    expect((await session.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(
      'arn:aws:sts::123456789012:assumed-role/reader/migration',
    )
    expect((await session.rds.send(new DescribeDBClustersCommand({}))).DBClusters).toHaveLength(1)
    await expect(session.secrets.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    })
    await expect(
      aws.sts.send(new AssumeRoleCommand({ ...role, RoleArn: 'arn:aws:iam::123456789012:role/unknown' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' })
    const federated = await aws.sts.send(
      new AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken: 'a.b.c' }),
    )
    expect(federated.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/)
  })
})

describe('CloudWatch', () => {
  const metric = {
    Namespace: 'AWS/RDS',
    MetricName: 'FreeStorageSpace',
    Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'shop-source' }],
  }
  const range = () => ({ StartTime: new Date(Date.now() - 600_000), EndTime: new Date(Date.now() + 1000) })

  const read = async (): Promise<number[]> => {
    const { MetricDataResults } = await aws.cloudWatch.send(
      new GetMetricDataCommand({
        ...range(),
        MetricDataQueries: [{ Id: 'free', MetricStat: { Metric: metric, Period: 60, Stat: 'Minimum' } }],
      }),
    )
    expect(MetricDataResults?.[0]).toMatchObject({ Id: 'free', StatusCode: 'Complete' })
    return MetricDataResults?.[0]?.Values ?? []
  }

  it('shows points of sampled metrics by both calls', async () => {
    await expect.poll(async () => (await read()).length, { timeout: 10_000 }).toBeGreaterThan(1)
    expect(new Set(await read())).toEqual(new Set([5_000_000_000]))
    const { Datapoints } = await aws.cloudWatch.send(
      new GetMetricStatisticsCommand({
        ...metric,
        ...range(),
        Period: 60,
        Statistics: ['Average', 'SampleCount'],
      }),
    )
    expect(Datapoints?.[0]).toMatchObject({ Average: 5_000_000_000, Unit: 'Bytes' })
    // One sample a period; on a busy machine a late one may share the next one's.
    expect([1, 2]).toContain(Datapoints?.[0]?.SampleCount)
    const { Metrics } = await aws.cloudWatch.send(
      new ListMetricsCommand({ Namespace: 'AWS/RDS', MetricName: 'FreeStorageSpace' }),
    )
    expect(Metrics).toHaveLength(23)
  })

  it('holds points back for the metric delay', async () => {
    await aws.emulator.change({ metricDelayMs: 3_600_000 })
    expect(await read()).toEqual([])
    await aws.emulator.change({ metricDelayMs: 0 })
    expect(await read()).not.toEqual([])
  })

  it('evaluates alarms', async () => {
    await aws.cloudWatch.send(
      new PutMetricAlarmCommand({
        ...metric,
        AlarmName: 'disk',
        Period: 60,
        EvaluationPeriods: 1,
        Statistic: 'Minimum',
        Threshold: 6_000_000_000,
        ComparisonOperator: 'LessThanThreshold',
      }),
    )
    const { MetricAlarms } = await aws.cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ['disk'] }))
    expect(MetricAlarms?.[0]).toMatchObject({ AlarmName: 'disk', StateValue: 'ALARM' })
    await aws.cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ['disk'] }))
    expect((await aws.cloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([])
    await expect(
      aws.cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ['disk'] })),
    ).rejects.toMatchObject({ name: 'ResourceNotFound' })
  })

  it('refuses metric math by name', async () => {
    await expect(
      aws.cloudWatch.send(
        new GetMetricDataCommand({ ...range(), MetricDataQueries: [{ Id: 'sum', Expression: 'a+b' }] }),
      ),
    ).rejects.toThrow('metric math')
  })
})
