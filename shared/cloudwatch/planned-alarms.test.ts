import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseMigration } from '../migration/migration-file.ts'
import { alarmInput, sameAlarm } from './migration-alarms.ts'
import { plannedAlarms } from './planned-alarms.ts'

const topic = 'arn:aws:sns:eu-west-1:111122223333:alarms'
const example = readFileSync(
  new URL('../../workflows-examples/migrations/rehearsal.yml', import.meta.url),
  'utf8',
)

function alarmsWith(sides: { source: Record<string, string>; target: Record<string, string> }, more = '') {
  const migration = parseMigration(`${example}\nalarms:\n  topic: ${topic}\n${more}`, 'rehearsal.yml')
  const { alarms } = migration
  if (alarms === undefined) throw new Error('no alarms')
  const changed = {
    ...migration,
    name: 'shop',
    source: { ...withoutServer(migration.source), ...sides.source },
    target: { ...withoutServer(migration.target), ...sides.target },
  }
  const tasks = [{ identifier: 'aurora-migration-shop-1', externalId: 'ABC', replicationInstance: 'Rep' }]
  return plannedAlarms(changed, alarms, tasks, ['Rep'])
}

function withoutServer<T extends { 'rds-instance'?: unknown; 'rds-cluster'?: unknown }>(side: T) {
  const { 'rds-instance': _instance, 'rds-cluster': _cluster, ...rest } = side
  return rest
}

test('tasks and instances have alarms whatever the servers are', () => {
  const alarms = alarmsWith({ source: {}, target: {} })
  expect(alarms.map(({ name, when, threshold, account }) => [name, when, threshold, account])).toEqual([
    ['aurora-migration-shop-1-CDCLatencySource', 'above', 300, 'dms'],
    ['aurora-migration-shop-1-CDCLatencyTarget', 'above', 300, 'dms'],
    ['aurora-migration-shop-instance-Rep-FreeStorageSpace', 'below', 10 * 1024 ** 3, 'dms'],
    ['aurora-migration-shop-instance-Rep-FreeableMemory', 'below', 256 * 1024 ** 2, 'dms'],
  ])
  expect(alarms[0]?.metric.dimensions).toEqual({
    ReplicationInstanceIdentifier: 'rep',
    ReplicationTaskIdentifier: 'ABC',
  })
})

test('RDS as source is watched for storage and for WAL, the Aurora target’s writer for memory', () => {
  const alarms = alarmsWith({ source: { 'rds-instance': 'old' }, target: { 'rds-cluster': 'new' } })
  expect(
    alarms.slice(4).map(({ account, metric, when }) => [account, metric.name, metric.dimensions, when]),
  ).toEqual([
    ['source', 'FreeStorageSpace', { DBInstanceIdentifier: 'old' }, 'below'],
    ['source', 'OldestReplicationSlotLag', { DBInstanceIdentifier: 'old' }, 'above'],
    ['source', 'TransactionLogsDiskUsage', { DBInstanceIdentifier: 'old' }, 'above'],
    ['target', 'FreeableMemory', { DBClusterIdentifier: 'new', Role: 'WRITER' }, 'below'],
  ])
})

test('Aurora as source has no storage that ends, and names its slots’ WAL otherwise', () => {
  const alarms = alarmsWith({ source: { 'rds-cluster': 'old' }, target: {} })
  expect(alarms.slice(4).map(({ metric }) => [metric.name, metric.dimensions])).toEqual([
    ['ReplicationSlotDiskUsage', { DBClusterIdentifier: 'old', Role: 'WRITER' }],
    ['TransactionLogsDiskUsage', { DBClusterIdentifier: 'old', Role: 'WRITER' }],
  ])
})

test('the file’s limits are taken', () => {
  const alarms = alarmsWith(
    { source: { 'rds-instance': 'old' }, target: {} },
    '  latency: 90s\n  source-storage: 50GB\n  source-wal: 1TB\n',
  )
  const thresholds = Object.fromEntries(alarms.map(({ metric, threshold }) => [metric.name, threshold]))
  expect(thresholds).toMatchObject({
    CDCLatencySource: 90,
    OldestReplicationSlotLag: 1024 ** 4,
  })
  expect(alarms.find(({ account, when }) => account === 'source' && when === 'below')?.threshold).toBe(
    50 * 1024 ** 3,
  )
})

test('an alarm is the same whatever the order of its dimensions, and another with another threshold or topic', () => {
  const [alarm] = alarmsWith({ source: {}, target: {} })
  if (alarm === undefined) throw new Error('no alarm')
  const wanted = alarmInput(alarm, topic, [{ Key: 'aurora-migration', Value: 'shop' }])
  const found = { arn: 'arn', settings: { ...wanted, Dimensions: wanted.Dimensions?.toReversed() } }
  const settings = (changed: object) => {
    const { Tags: _tags, ...rest } = wanted
    return { arn: 'arn', settings: { ...rest, ...changed } }
  }
  expect(sameAlarm(settings({}), wanted)).toBe(true)
  expect(sameAlarm(found, wanted)).toBe(true)
  expect(sameAlarm(settings({ Threshold: 301 }), wanted)).toBe(false)
  expect(sameAlarm(settings({ AlarmActions: [] }), wanted)).toBe(false)
})
