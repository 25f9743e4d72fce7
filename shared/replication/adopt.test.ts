import { describe, expect, test } from 'vitest'
import type { EndpointDocument } from '../dms/endpoint-document.ts'
import { parseTask, type ReplicationTask } from '../dms/replication-task.ts'
import {
  brokenLoad,
  endpointProblems,
  foreignEndpointProblems,
  instanceProblems,
  taskProblems,
  taskStep,
} from './adopt.ts'

const ours = { 'aurora-migration': 'shop' }
const document: EndpointDocument = {
  EndpointType: 'source',
  EngineName: 'postgres',
  SslMode: 'require',
  ExtraConnectionAttributes: 'MapUnboundedNumericAsString=true',
  PostgreSQLSettings: {
    SecretsManagerSecretId: 'dms/source',
    SecretsManagerAccessRoleArn: 'arn:aws:iam::123456789012:role/dms',
    DatabaseName: 'shop',
    MapBooleanAsBoolean: true,
    TrimSpaceInChar: false,
    ExecuteTimeout: 3600,
  },
}
const endpoint = (settings: object, overrides: object = {}) => ({
  identifier: 'aurora-migration-shop-source',
  arn: 'arn',
  status: 'active',
  document: {
    ...document,
    PostgreSQLSettings: { ...document.PostgreSQLSettings, ...settings },
    ...overrides,
  },
})

describe('an endpoint that is there', () => {
  test('is adopted when it agrees, whatever DMS adds', () => {
    expect(endpointProblems(endpoint({ HeartbeatFrequency: 5 }), document, ours, 'shop')).toEqual([])
  })

  test('may be named by the ARN of the same secret, not of another', () => {
    const arn = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-a1B2c3`
    const problems = (name: string) =>
      endpointProblems(endpoint({ SecretsManagerSecretId: arn(name) }), document, ours, 'shop')
    expect(problems('dms/source')).toEqual([])
    expect(problems('dms/source-2')).toHaveLength(1)
  })

  test('may have its extra attributes written in another way', () => {
    const found = (attributes: string) => endpoint({}, { ExtraConnectionAttributes: attributes })
    const problems = (attributes: string) => endpointProblems(found(attributes), document, ours, 'shop')
    expect(problems('fetchCacheSize=1;mapUnboundedNumericAsString=true;')).toEqual([])
    expect(problems('')).toHaveLength(1)
  })

  test('is refused when it differs, with both values', () => {
    const [problem] = endpointProblems(endpoint({ TrimSpaceInChar: true }), document, ours, 'shop')
    expect(problem?.message).toContain('PostgreSQLSettings.TrimSpaceInChar: the plan says false, it has true')
  })

  test.each([
    [{}, 'has no tag aurora-migration'],
    [{ 'aurora-migration': 'crm' }, 'belongs to the migration crm'],
  ])('is refused when it is not ours: %j', (tags, message) => {
    const [problem] = endpointProblems(endpoint({}), document, tags, 'shop')
    expect(problem?.message).toContain(message)
  })
})

test('a replication instance of another class is refused', () => {
  const wanted = {
    identifier: 'i',
    class: 'dms.r6i.large',
    storageGb: 100,
    multiAz: true,
    securityGroups: [],
    tags: { migration: 'shop', planDigest: 'd', runId: '1' },
  }
  const found = { ...wanted, arn: 'arn', status: 'available', engineVersion: '3.6.1', vpc: '' }
  expect(instanceProblems(found, wanted, ours)).toEqual([])
  expect(instanceProblems({ ...found, class: 'dms.t3.small' }, wanted, ours)[0]?.message).toContain('class')
})

const planned = {
  identifier: 'aurora-migration-shop-1',
  tables: [],
  markerTable: { schema: 'm', table: 't' },
  mappings: { rules: [{ 'rule-id': '1' }] },
  settings: { TargetMetadata: { LobMaxSize: 32 } },
  migrationType: 'full-load-and-cdc' as const,
  slot: null,
}
const parts = { source: 's', target: 't', compute: { replicationInstanceArn: 'i' } }

function task(overrides: {
  Status?: string
  StopReason?: string
  mappings?: object
  settings?: object
}): ReplicationTask {
  return parseTask({
    ReplicationTaskIdentifier: planned.identifier,
    ReplicationTaskArn: 'arn:aws:dms:eu-west-1:123456789012:task:A',
    MigrationType: 'full-load-and-cdc',
    SourceEndpointArn: 's',
    TargetEndpointArn: 't',
    ReplicationInstanceArn: 'i',
    Status: overrides.Status ?? 'ready',
    StopReason: overrides.StopReason,
    TableMappings: JSON.stringify(overrides.mappings ?? planned.mappings),
    ReplicationTaskSettings: JSON.stringify(
      overrides.settings ?? { TargetMetadata: { LobMaxSize: 32, LobChunkSize: 0 }, Logging: null },
    ),
  })
}

describe('a task that is there', () => {
  test('is adopted when its documents agree with the plan', () => {
    expect(taskProblems(task({}), planned, parts, ours, 'shop')).toEqual([])
  })

  test('is refused when mappings or settings differ', () => {
    const found = task({ mappings: { rules: [] }, settings: { TargetMetadata: { LobMaxSize: 64 } } })
    expect(taskProblems(found, planned, parts, ours, 'shop').map(({ message }) => message)).toEqual([
      expect.stringContaining('mappings.rules'),
      expect.stringContaining('LobMaxSize: the plan says 32, it has 64'),
    ])
  })

  test.each([
    ['ready', '', 'start'],
    ['creating', '', 'start'],
    ['running', '', 'leave'],
    ['starting', '', 'leave'],
    ['stopped', 'Stop Reason NORMAL', 'leave'],
    ['stopped', 'Stop Reason FULL_LOAD_ONLY_FINISHED', 'leave'],
    ['stopped', 'Stop Reason STOPPED_DUE_TO_LOW_MEMORY', 'refuse'],
    ['failed', 'Stop Reason FATAL_ERROR', 'refuse'],
    ['hovering', '', 'refuse'],
  ])('%s (%s): %s', (Status, StopReason, kind) => {
    expect(taskStep(task({ Status, StopReason })).kind).toBe(kind)
  })

  test('what broke off says that it cannot be restarted, and what to do', () => {
    const step = taskStep(task({ Status: 'failed', StopReason: 'Last Error boom' }))
    expect(step).toMatchObject({
      problem: {
        message: expect.stringContaining('cannot start it again safely: Last Error boom') as string,
        remedy: expect.stringContaining('delete the task') as string,
      },
    })
  })
})

describe('an endpoint that the file names', () => {
  const named = {
    identifier: 'theirs',
    field: 'dms.source.endpoint',
    wanted: { document },
    user: 'dms_source',
    secret: 'dms/source',
    servers: [{ host: 'shop.abc.eu-west-1.rds.amazonaws.com', port: 5432 }],
  }
  const ownLogin = { SecretsManagerSecretId: undefined, SecretsManagerAccessRoleArn: undefined }
  const arnOf = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-a1B2c3`

  test.each([
    endpoint({ SecretsManagerSecretId: arnOf('dms/source') }),
    endpoint(ownLogin, { ServerName: 'SHOP.abc.eu-west-1.rds.amazonaws.com.', Port: 5432 }),
    endpoint({ ...ownLogin, ServerName: 'shop.abc.eu-west-1.rds.amazonaws.com', Port: 5432 }),
  ])('is taken where it leads to the server of the file: %#', (found) => {
    expect(foreignEndpointProblems(found, named)).toEqual([])
  })

  test.each([
    [endpoint({ SecretsManagerSecretId: arnOf('dms/other') }), 'reads another secret'],
    [endpoint(ownLogin, { ServerName: 'staging.abc', Port: 5432 }), 'leads to another host or port'],
    [
      endpoint(ownLogin, { ServerName: 'shop.abc.eu-west-1.rds.amazonaws.com', Port: 5433 }),
      'leads to another host or port',
    ],
    [endpoint(ownLogin), 'nothing says which server'],
  ])('is refused where it leads elsewhere: %#', (found, message) => {
    const problems = foreignEndpointProblems(found, named)
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)])
  })

  test('is taken without our tags, whatever does not decide over rows', () => {
    const theirs = endpoint(
      { ExecuteTimeout: 60 },
      { EngineName: 'aurora-postgresql', Username: 'dms_source' },
    )
    expect(foreignEndpointProblems(theirs, named)).toEqual([])
  })

  test.each([
    [endpoint({ DatabaseName: 'other' }), 'PostgreSQLSettings.DatabaseName'],
    [endpoint({}, { EndpointType: 'target' }), 'EndpointType'],
    [endpoint({}, { ExtraConnectionAttributes: '' }), 'ExtraConnectionAttributes'],
    [endpoint({}, { Username: 'application' }), 'logs in as application'],
    [undefined, 'there is no endpoint theirs'],
  ])('is refused where rows would suffer: %#', (found, message) => {
    const problems = foreignEndpointProblems(found, named)
    expect(problems.map((problem) => problem.message).join()).toContain(message)
    expect(problems[0]).toMatchObject({ field: 'dms.source.endpoint', value: 'theirs' })
  })

  test('must put its sessions into replica mode where the plan rests on it', () => {
    const wanted = {
      document: {
        ...document,
        PostgreSQLSettings: {
          ...document.PostgreSQLSettings,
          AfterConnectScript: 'SET session_replication_role = replica',
        },
      },
    }
    expect(foreignEndpointProblems(endpoint({}), { ...named, wanted })).toHaveLength(1)
    const script = 'set session_replication_role = REPLICA; SET work_mem = 8192'
    expect(foreignEndpointProblems(endpoint({ AfterConnectScript: script }), { ...named, wanted })).toEqual(
      [],
    )
  })
})

test('only a load that broke off is made anew', () => {
  const failed = task({ Status: 'failed', StopReason: 'Last Error boom' })
  expect(brokenLoad(failed)).toBe(true)
  expect(brokenLoad({ ...failed, fullLoadFinished: new Date() })).toBe(false)
  expect(brokenLoad(task({ Status: 'stopped', StopReason: 'Stop Reason NORMAL' }))).toBe(false)
  expect(brokenLoad(task({ Status: 'running' }))).toBe(false)
})
