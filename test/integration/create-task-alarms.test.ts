import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createdResources } from '../../shared/dms/created-resources.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

const topic = 'arn:aws:sns:eu-west-1:123456789012:alarms'
let stack: MigrationStack
let cloudWatch: CloudWatchClient

beforeAll(async () => {
  stack = await openMigrationStack('alarms')
  await stack.rewrite(
    `empty-target: truncate\nalarms:\n  topic: ${topic}\n  latency: 2m\nnotify:\n  - sns: ${topic}\n`,
  )
  const environment = stack.emulator.environment()
  const options = {
    endpoint: stack.emulator.url,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  }
  cloudWatch = new CloudWatchClient(options)
  const sns = new SNSClient(options)
  await sns.send(new CreateTopicCommand({ Name: 'alarms' }))
  sns.destroy()
})

afterAll(async () => {
  cloudWatch.destroy()
  await stack.close()
})

const create = async (inputs: Record<string, string> = {}) =>
  stack.run('create-task', { migration: stack.file, 'plan-digest': await stack.digest(), ...inputs })
const alarms = async () => (await cloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms ?? []
const puts = async () =>
  (await stack.emulator.calls()).filter(({ operation }) => operation === 'PutMetricAlarm')

const told = async () =>
  (await stack.emulator.calls())
    .filter(({ operation }) => operation === 'Publish')
    .map(({ request, status }) => [status, (request as { Subject?: string }).Subject])

const names = [
  'aurora-migration-shop-1-CDCLatencySource',
  'aurora-migration-shop-1-CDCLatencyTarget',
  'aurora-migration-shop-instance-rehearsal-FreeStorageSpace',
  'aurora-migration-shop-instance-rehearsal-FreeableMemory',
]

test('a dry run prints the calls and makes none', async () => {
  const result = await create({ 'dry-run': 'true' })
  expect(result.exitCode).toBe(0)
  expect(result.log).toContain('would call PutMetricAlarm')
  expect(result.log).toContain(`"AlarmName": "${names[0] ?? ''}"`)
  expect(await puts()).toEqual([])
  expect(await told()).toEqual([])
})

test('alarms are made, tagged and noted for whoever cleans up; the start is told', async () => {
  const result = await create()
  expect(result.exitCode).toBe(0)
  expect(await told()).toEqual([[200, 'Migration shop: start']])
  const made = await alarms()
  expect(made.map(({ AlarmName = '' }) => AlarmName).sort()).toEqual(names)
  expect(made.find(({ AlarmName }) => AlarmName === names[0])).toMatchObject({
    Threshold: 120,
    ComparisonOperator: 'GreaterThanThreshold',
    AlarmActions: [topic],
    OKActions: [topic],
  })
  const tagged = (await puts()).map(({ request }) => request as { readonly Tags?: unknown })
  for (const { Tags } of tagged) expect(Tags).toContainEqual({ Key: 'aurora-migration', Value: 'shop' })
  const source = await stack.pair.session('source')
  const noted = (await createdResources(source, 'shop')).filter(({ kind }) => kind === 'alarm')
  await source.close()
  expect(noted.map(({ identifier, arn }) => `${identifier} ${arn ?? ''}`).sort()).toEqual(
    names.map((name) => `${name} arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${name}`),
  )
})

test('a second run changes nothing; an alarm that somebody changed is put right', async () => {
  const before = (await puts()).length
  expect((await create()).exitCode).toBe(0)
  expect(await puts()).toHaveLength(before)
  expect(await told()).toHaveLength(1)
  const [changed] = (await alarms()).filter(({ AlarmName }) => AlarmName === names[1])
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: changed?.AlarmName,
      Namespace: changed?.Namespace,
      MetricName: changed?.MetricName,
      Dimensions: changed?.Dimensions,
      Statistic: changed?.Statistic,
      Period: changed?.Period,
      EvaluationPeriods: changed?.EvaluationPeriods,
      ComparisonOperator: changed?.ComparisonOperator,
      Threshold: 9999,
    }),
  )
  const again = await create()
  expect(again.exitCode).toBe(0)
  expect(await puts()).toHaveLength(before + 2)
  expect((await alarms()).find(({ AlarmName }) => AlarmName === names[1])?.Threshold).toBe(120)
})
