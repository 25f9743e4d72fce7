import { PutMetricAlarmCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { SideOutside } from '../../shared/preflight/facts.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { rdsServers } from '../../shared/rds/rds-servers.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'
import { sampleMigrationFile } from './sample-pair.ts'

// What preflight reads outside the databases, from the emulated AWS, by the product's own readers.

const { signal } = new AbortController()
const address = { host: 'db-1.example', port: 5432 }
let opened: TestEmulator

beforeAll(async () => {
  const place = { address: 'db-1.example', port: 5432 }
  opened = await openTestEmulator({
    securityGroups: [
      {
        id: 'sg-open',
        ingress: [
          { fromPort: 5000, toPort: 6000, cidrs: ['10.0.0.0/8', '0.0.0.0/0'] },
          { fromPort: 22, toPort: 22, ipv6Cidrs: ['::/0'] },
        ],
      },
      { id: 'sg-all', ingress: [{ protocol: '-1', ipv6Cidrs: ['::/0'] }] },
      { id: 'sg-closed', ingress: [{ fromPort: 5432, toPort: 5432, groups: ['sg-open'] }] },
    ],
    rds: {
      instances: [
        {
          identifier: 'db-1',
          engineVersion: '15.8',
          ...place,
          allocatedStorageGib: 100,
          maxAllocatedStorageGib: 150,
          metrics: { FreeStorageSpace: 12_345_678_901 },
          multiAz: true,
          publiclyAccessible: true,
          readReplicas: ['db-1-replica'],
          caCertificateIdentifier: 'rds-ca-2019',
          certificateValidTill: '2024-08-22T00:00:00Z',
          parameterGroups: ['tuned'],
          parameterApplyStatus: 'pending-reboot',
          backupRetentionPeriod: 0,
          pendingModifications: { DBInstanceClass: 'db.r6g.xlarge' },
          pendingMaintenance: [{ action: 'system-update', appliedAt: '2026-12-01T03:00:00Z' }],
          securityGroups: ['sg-open', 'sg-all', 'sg-closed'],
        },
        {
          identifier: 'aurora-1',
          engine: 'aurora-postgresql',
          engineVersion: '17.4',
          clusterIdentifier: 'aurora',
          pendingMaintenance: [{ action: 'db-upgrade' }],
          ...place,
        },
        {
          identifier: 'aurora-2',
          engine: 'aurora-postgresql',
          engineVersion: '17.4',
          clusterIdentifier: 'aurora',
          ...place,
        },
      ],
      clusters: [
        {
          identifier: 'aurora',
          engineVersion: '17.4',
          ...place,
          readerAddress: 'aurora.cluster-ro.example',
          members: ['aurora-1', 'aurora-2'],
          storageEncrypted: false,
          deletionProtection: false,
          parameterGroup: 'aurora-tuned',
          securityGroups: ['sg-closed'],
        },
      ],
      parameterGroups: [
        { name: 'tuned', family: 'postgres15', kind: 'instance', parameters: { work_mem: '65536' } },
        {
          name: 'aurora-tuned',
          family: 'aurora-postgresql17',
          kind: 'cluster',
          parameters: { 'rds.logical_replication': '1' },
        },
      ],
    },
    credentials: [
      { accessKeyId: 'AKIAEVERYTHING00' },
      { accessKeyId: 'AKIARDSONLY00000', allow: ['rds:DescribeDB*', 'cloudwatch:*', 'dms:*'] },
    ],
  })
  vi.stubEnv('AWS_ENDPOINT_URL', opened.emulator.url)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  signedBy('AKIAEVERYTHING00')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await opened.close()
})

function signedBy(accessKeyId: string): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'emulated')
}

function migrationOf(change: (text: string) => string = (text) => text): Migration {
  return parseMigration(
    change(sampleMigrationFile())
      .replace('tls: disable }', 'tls: disable, rds-instance: db-1 }')
      .replace(
        'target: { secret: shop/target, tls: disable }',
        'target: { secret: shop/target, tls: disable, rds-cluster: aurora }',
      ),
    'shop.yml',
  )
}

async function readSide(side: 'source' | 'target', migration = migrationOf()): Promise<SideOutside> {
  const { readRds } = await import('../../actions/preflight/rds-outside.ts')
  return readRds(migration, side, address, new Date(), signal)
}

describe('RDS, EC2 and CloudWatch', () => {
  test('an instance: storage, certificate, readers, what is pending, who may come in', async () => {
    const alarm = {
      Namespace: 'AWS/RDS',
      MetricName: 'CPUUtilization',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 80,
      ComparisonOperator: 'GreaterThanThreshold' as const,
      Statistic: 'Average' as const,
    }
    const client: CloudWatchClient = opened.clientsFor('AKIAEVERYTHING00').cloudWatch
    for (const [AlarmName, Value] of [
      ['cpu', 'db-1'],
      ['cpu of another', 'db-9'],
    ] as const)
      await client.send(
        new PutMetricAlarmCommand({
          ...alarm,
          AlarmName,
          Dimensions: [{ Name: 'DBInstanceIdentifier', Value }],
        }),
      )
    const source = await readSide('source')
    expect(source.rds).toMatchObject({
      known: true,
      value: {
        kind: 'instance',
        status: 'available',
        engine: 'postgres',
        engineVersion: '15.8',
        address: 'db-1.example',
        port: 5432,
        backupRetentionDays: 0,
        parameterGroups: [{ name: 'tuned', kind: 'instance', applyStatus: 'pending-reboot' }],
        multiAz: true,
        publiclyAccessible: true,
        encrypted: true,
        storage: { allocatedGib: 100, autoscalesToGib: 150 },
        readers: ['db-1-replica'],
        pendingModifications: ['DBInstanceClass'],
        certificates: [
          { instance: 'db-1', authority: 'rds-ca-2019', validTill: new Date('2024-08-22T00:00:00Z') },
        ],
      },
    })
    expect(source.parameters).toEqual({
      known: true,
      value: [{ group: 'tuned', name: 'work_mem', value: '65536' }],
    })
    expect(source.maintenance).toMatchObject({
      known: true,
      value: [{ action: 'system-update', appliedAt: new Date('2026-12-01T03:00:00Z') }],
    })
    expect(source.freeStorage).toEqual({
      known: true,
      value: { bytes: '12345678901', growthBytes: String(50 * 1024 ** 3) },
    })
    expect(source.alarms).toEqual({ known: true, value: [{ name: 'cpu', metric: 'CPUUtilization' }] })
    expect(source.openRules).toEqual({
      known: true,
      value: [
        { group: 'sg-open', range: '0.0.0.0/0' },
        { group: 'sg-all', range: '::/0' },
      ],
    })
  })

  test('a cluster: its members, its reader endpoint, its own group and that of its writer', async () => {
    const target = await readSide('target')
    expect(target.rds).toMatchObject({
      known: true,
      value: {
        kind: 'cluster',
        engine: 'aurora-postgresql',
        address: 'db-1.example',
        encrypted: false,
        deletionProtection: false,
        readers: ['aurora-2'],
        readerEndpoint: 'aurora.cluster-ro.example',
        instanceClass: 'db.r6g.large',
        parameterGroups: [
          { name: 'aurora-tuned', kind: 'cluster', applyStatus: 'in-sync' },
          { name: 'default.aurora-postgresql17', kind: 'instance', applyStatus: 'in-sync' },
        ],
      },
    })
    expect(target.parameters).toMatchObject({ known: true, value: [{ name: 'rds.logical_replication' }] })
    expect(target.maintenance).toMatchObject({ known: true, value: [{ action: 'db-upgrade' }] })
    expect(target.freeStorage).toEqual({ known: true, value: undefined })
    expect(target.openRules).toEqual({ known: true, value: [] })
  })

  test('a right that is missing leaves that fact unknown, and no other', async () => {
    signedBy('AKIARDSONLY00000')
    const source = await readSide('source')
    signedBy('AKIAEVERYTHING00')
    expect(source.openRules).toMatchObject({ known: false })
    expect(source.maintenance).toMatchObject({ known: false })
    expect(
      [source.rds, source.parameters, source.freeStorage, source.alarms].map(({ known }) => known),
    ).toEqual([true, true, true, true])
  })

  test('a side that names no server of RDS has nothing to read', async () => {
    const plain = parseMigration(sampleMigrationFile(), 'shop.yml')
    const { rds, parameters, openRules } = await readSide('source', plain)
    expect([rds, parameters, openRules]).toEqual(
      Array.from({ length: 3 }, () => ({ known: true, value: undefined })),
    )
  })

  test('whether a server is there', async () => {
    const { isServerThere } = await import('../../actions/preflight/rds-outside.ts')
    const later = migrationOf((text) => text.replace('name: shop', 'name: shop'))
    expect(await isServerThere(later, 'target', signal)).toBe(true)
    const gone: Migration = { ...later, target: { ...later.target, 'rds-cluster': 'nowhere' } }
    expect(await isServerThere(gone, 'target', signal)).toBe(false)
  })
})

test.each(['instance', 'cluster'] as const)('a %s that is not there is the file’s mistake', async (kind) => {
  await expect(rdsServers(opened.rds, signal)[kind]('nowhere')).rejects.toMatchObject({
    code: 'precondition',
    message: expect.stringContaining('nowhere') as string,
  })
})

describe('DMS', () => {
  test('instances by name, quotas, names of ours that are taken, classes only where one is made', async () => {
    const { readDms } = await import('../../actions/preflight/dms-outside.ts')
    const named = await readDms(
      migrationOf((text) =>
        text.replace('replication-instance: rehearsal', 'replication-instance: [rep, gone]'),
      ),
      signal,
    )
    expect(named.instances).toMatchObject({
      known: true,
      value: [
        { identifier: 'rep', status: 'available', engineVersion: '3.6.1', multiAz: false },
        { identifier: 'gone', status: 'not there' },
      ],
    })
    expect(named.quotas).toMatchObject({ known: true })
    expect(named.taken).toEqual({ known: true, value: [] })
    expect(named.classes).toEqual({ known: true, value: undefined })
    const made = await readDms(
      migrationOf((text) =>
        text.replace(
          'replication-instance: rehearsal',
          'replication-instance: { create: { class: dms.r6i.large } }',
        ),
      ),
      signal,
    )
    expect(made.instances).toEqual({ known: true, value: [] })
    expect(made.classes.known && made.classes.value).toContain('dms.r6i.large')
  })
})
