import {
  CreateEndpointCommand,
  CreateReplicationTaskCommand,
  DeleteCertificateCommand,
  DescribeCertificatesCommand,
  DescribeEndpointsCommand,
  ImportCertificateCommand,
  ModifyEndpointCommand,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import type {
  CreateEndpointCommandInput,
  Endpoint,
  ModifyEndpointCommandInput,
} from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestMigration, until } from '../emulator/open-test-migration.ts'
import type { TestMigration } from '../emulator/open-test-migration.ts'
import { selfSigned } from './emulator-dms-self-signed.ts'

const ours = selfSigned('127.0.0.1')
const strangers = selfSigned('127.0.0.1')
const elsewhere = selfSigned('127.0.0.9')

let my: TestMigration

/** The server takes a new certificate and asks nobody for one of theirs. */
async function serveTls(identity: { certificate: string; privateKey: string }): Promise<void> {
  for (const [file, text] of [
    ['server.crt', identity.certificate],
    ['server.key', identity.privateKey],
  ] as const) {
    const lines = text.trim().split('\n')
    const values = lines.map((line, at) => `(${at}, '${line}')`).join(', ')
    await my.query(
      my.target,
      `copy (select line from (values ${values}) as t(at, line) order by at) to program 'umask 077; cat > ${file}'`,
    )
  }
  const loaded = async (): Promise<string> =>
    (await my.query<{ at: string }>(my.target, 'select pg_conf_load_time()::text as at'))[0]?.at ?? ''
  const before = await loaded()
  await my.query(my.target, 'alter system set ssl = on')
  await my.query(my.target, 'select pg_reload_conf()')
  await until('TLS', async () => ((await loaded()) === before ? undefined : true))
}

const login = (): CreateEndpointCommandInput => {
  const { username, password } = new URL(my.target.superuserUrl)
  return {
    EndpointIdentifier: 'tls',
    EndpointType: 'target',
    EngineName: 'postgres',
    ServerName: my.target.host,
    Port: my.target.port,
    DatabaseName: 'postgres',
    Username: username,
    Password: decodeURIComponent(password),
  }
}

async function importPem(identifier: string, pem: string): Promise<string> {
  const { Certificate } = await my.aws.dms.send(
    new ImportCertificateCommand({ CertificateIdentifier: identifier, CertificatePem: pem }),
  )
  return Certificate?.CertificateArn ?? ''
}

const modify = async (arn: string, change: Partial<ModifyEndpointCommandInput>): Promise<unknown> =>
  my.aws.dms.send(new ModifyEndpointCommand({ EndpointArn: arn, ...change }))

async function describeEndpoint(arn: string): Promise<Endpoint | undefined> {
  const answer = await my.aws.dms.send(
    new DescribeEndpointsCommand({ Filters: [{ Name: 'endpoint-arn', Values: [arn] }] }),
  )
  return answer.Endpoints?.[0]
}

beforeAll(async () => {
  my = await openTestMigration('emulator-endpoints', 'create table public.item (id int primary key)')
})

afterAll(() => my?.close())

describe('certificates', () => {
  it('are imported, described, refused where they are none', async () => {
    const arn = await importPem('strangers', strangers.certificate)
    expect(arn).toMatch(/^arn:aws:dms:eu-west-1:123456789012:cert:/)
    const { Certificates } = await my.aws.dms.send(
      new DescribeCertificatesCommand({ Filters: [{ Name: 'certificate-id', Values: ['strangers'] }] }),
    )
    expect(Certificates?.[0]).toMatchObject({ CertificatePem: strangers.certificate, CertificateArn: arn })
    expect(Certificates?.[0]?.ValidToDate?.getTime()).toBeGreaterThan(Date.now())
    await expect(importPem('broken', 'no certificate')).rejects.toMatchObject({
      name: 'InvalidCertificateFault',
    })
    await expect(importPem('strangers', ours.certificate)).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsFault',
    })
  })

  it('decide whether an endpoint that verifies connects', async () => {
    const verifying = { ...login(), SslMode: 'verify-full' as const }
    await expect(my.aws.dms.send(new CreateEndpointCommand(verifying))).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
    })
    await expect(
      my.aws.dms.send(new CreateEndpointCommand({ ...verifying, CertificateArn: 'arn:aws:dms:nowhere' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundFault' })
    const created = await my.aws.dms.send(new CreateEndpointCommand({ ...login(), SslMode: 'require' }))
    const arn = created.Endpoint?.EndpointArn ?? ''
    expect(await my.testConnection(arn)).toContain('does not support SSL')
    await serveTls(ours)
    expect(await my.testConnection(arn)).toBe('successful')

    const oursArn = await importPem('ours', ours.certificate)
    await modify(arn, { SslMode: 'verify-full', CertificateArn: oursArn })
    expect(await my.connection(arn)).toBe('successful')
    const { Certificates } = await my.aws.dms.send(
      new DescribeCertificatesCommand({ Filters: [{ Name: 'certificate-id', Values: ['strangers'] }] }),
    )
    await modify(arn, { CertificateArn: Certificates?.[0]?.CertificateArn })
    expect(await my.connection(arn)).toMatch(/self-signed certificate/)

    await serveTls(elsewhere)
    await modify(arn, { CertificateArn: await importPem('elsewhere', elsewhere.certificate) })
    expect(await my.connection(arn)).toMatch(/Hostname\/IP does not match|not in the cert's list/)
    await modify(arn, { SslMode: 'verify-ca' })
    expect(await my.connection(arn)).toBe('successful')
    expect(await describeEndpoint(arn)).toMatchObject({ SslMode: 'verify-ca' })

    const remove = (certificate: string): Promise<unknown> =>
      my.aws.dms.send(new DeleteCertificateCommand({ CertificateArn: certificate }))
    await expect(remove((await describeEndpoint(arn))?.CertificateArn ?? '')).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
    await remove(oursArn)
    await expect(remove(oursArn)).rejects.toMatchObject({ name: 'ResourceNotFoundFault' })
  })
})

describe('an endpoint', () => {
  it('shows all but its password, in members and settings alike, and keeps what a change leaves out', async () => {
    await modify(my.targetArn, {
      PostgreSQLSettings: { ExecuteTimeout: 300, HeartbeatEnable: true, MaxFileSize: 1000 },
    })
    const seen = await describeEndpoint(my.targetArn)
    expect(seen).toMatchObject({
      ServerName: my.target.host,
      Port: my.target.port,
      DatabaseName: 'postgres',
      Username: new URL(my.target.superuserUrl).username,
      PostgreSQLSettings: {
        ExecuteTimeout: 300,
        AfterConnectScript: 'SET session_replication_role = replica',
      },
    })
    expect(JSON.stringify(seen)).not.toContain(decodeURIComponent(new URL(my.target.superuserUrl).password))
  })

  it('cannot ask for pglogical, in settings or in attributes', async () => {
    const settings = { PostgreSQLSettings: { PluginName: 'pglogical' as const } }
    for (const change of [settings, { ExtraConnectionAttributes: 'PluginName=PGLOGICAL' }]) {
      await expect(modify(my.sourceArn, change)).rejects.toThrow('PluginName pglogical is not available')
    }
  })
})

describe('table settings in mappings', () => {
  const rules = (settings: Record<string, unknown>): string =>
    JSON.stringify({
      rules: [
        {
          'rule-type': 'selection',
          'rule-id': '1',
          'rule-name': '1',
          'object-locator': { 'schema-name': 'public', 'table-name': '%' },
          'rule-action': 'include',
        },
        {
          'rule-type': 'table-settings',
          'rule-id': '2',
          'rule-name': '2',
          'object-locator': { 'schema-name': 'public', 'table-name': 'item' },
          ...settings,
        },
      ],
    })
  const create = (settings: Record<string, unknown>): Promise<unknown> =>
    my.aws.dms.send(
      new CreateReplicationTaskCommand({
        ReplicationTaskIdentifier: 'never',
        SourceEndpointArn: my.sourceArn,
        TargetEndpointArn: my.targetArn,
        ReplicationInstanceArn: my.instanceArn,
        MigrationType: 'full-load',
        TableMappings: rules(settings),
      }),
    )

  it('are refused when the task is made where they are wrong in themselves', async () => {
    const wrong: [Record<string, unknown>, string][] = [
      [
        { 'object-locator': { 'schema-name': 'public', 'table-name': '%' } },
        'Exact schema and table name required',
      ],
      [{ 'parallel-load': { type: 'ranges', columns: ['id'] } }, 'needs columns and boundaries'],
      [
        { 'parallel-load': { type: 'ranges', columns: ['id', 'n'], boundaries: [['1']] } },
        'Each boundary must have 2 values',
      ],
      [{ 'parallel-load': { type: 'partitions-auto' } }, 'not supported for a PostgreSQL source'],
      [{ 'lob-settings': { mode: 'sometimes' } }, 'lob-settings.mode'],
    ]
    for (const [settings, message] of wrong) {
      await expect(create(settings)).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
        message: expect.stringContaining(message) as string,
      })
    }
  })
})

describe('a heartbeat', () => {
  it('writes in its schema on the source and lets the slot of an idle task move', async () => {
    await my.query(my.source, 'create schema beats')
    await my.query(my.source, 'create table public.unselected (n int)')
    await modify(my.sourceArn, {
      PostgreSQLSettings: { HeartbeatEnable: true, HeartbeatSchema: 'beats', HeartbeatFrequency: 1 },
    })
    expect(await my.testConnection(my.sourceArn)).toBe('successful')
    expect(await my.testConnection(my.targetArn)).toBe('successful')
    const item = JSON.stringify({
      rules: [
        {
          'rule-type': 'selection',
          'rule-id': '1',
          'rule-name': '1',
          'object-locator': { 'schema-name': 'public', 'table-name': 'item' },
          'rule-action': 'explicit',
        },
      ],
    })
    const arn = await my.createTask('beating', { TableMappings: item })
    await my.start(arn, 'start-replication')
    await my.reaches(arn, 'running')
    const beat = await until('a beat', async () => {
      const [table] = await my.query<{ found: string | null }>(
        my.source,
        "select to_regclass('beats.awsdms_heartbeat')::text as found",
      )
      if (!table?.found) return undefined
      const [row] = await my.query<{ by: string }>(
        my.source,
        'select hb_last_heartbeat_by as by from beats.awsdms_heartbeat',
      )
      return row
    })
    expect(arn.endsWith(beat.by)).toBe(true)
    const confirmed = async (): Promise<string> =>
      (
        await my.query<{ lsn: string }>(
          my.source,
          'select confirmed_flush_lsn::text as lsn from pg_replication_slots',
        )
      )[0]?.lsn ?? ''
    await until('a slot', async () => ((await confirmed()) === '' ? undefined : true))
    await my.query(my.source, 'insert into public.unselected select generate_series(1, 1000)')
    const [written] = await my.query<{ lsn: string }>(my.source, 'select pg_current_wal_lsn()::text as lsn')
    const moved = await until('the slot moves', async () => {
      const [seen] = await my.query<{ moved: boolean }>(
        my.source,
        `select '${await confirmed()}'::pg_lsn >= '${written?.lsn}'::pg_lsn as moved`,
      )
      return seen?.moved ? true : undefined
    })
    expect(moved).toBe(true)
    await my.aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: arn }))
    await my.reaches(arn, 'stopped')
  })
})
