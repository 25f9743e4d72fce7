import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  CreateEndpointCommand,
  DescribeEndpointsCommand,
  DescribeReplicationInstancesCommand,
} from '@aws-sdk/client-database-migration-service'
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds'
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'

let aws: TestEmulator
let folder = ''

const endpoint = (EndpointIdentifier: string) =>
  new CreateEndpointCommand({
    EndpointIdentifier,
    EndpointType: 'source',
    EngineName: 'postgres',
    ServerName: '127.0.0.1',
    Port: 1,
    DatabaseName: 'shop',
    Username: 'dms',
    Password: 'do-not-log-me',
    ExtraConnectionAttributes: 'password=nor-me;slotName=s',
  })

const endpoints = async (): Promise<(string | undefined)[]> =>
  ((await aws.dms.send(new DescribeEndpointsCommand({}))).Endpoints ?? []).map(
    (seen) => seen.EndpointIdentifier,
  )

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-faults '))
  aws = await openTestEmulator({
    secrets: { 'shop/app': { password: 'first' } },
    credentials: [
      { accessKeyId: 'AKIAEVERYTHING000000' },
      { accessKeyId: 'AKIAREADSONLY0000000', allow: ['dms:Describe*', 'secretsmanager:GetSecretValue'] },
    ],
  })
})

afterEach(async () => {
  await aws?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('faults', () => {
  it('strike the named operation as often as asked, after as many as asked', async () => {
    await aws.emulator.addFault({
      operation: 'DescribeEndpoints',
      after: 1,
      times: 1,
      effect: { kind: 'error', name: 'AccessDeniedFault', message: 'no' },
    })
    expect(await endpoints()).toEqual([])
    await expect(endpoints()).rejects.toMatchObject({ name: 'AccessDeniedFault', message: 'no' })
    expect(await endpoints()).toEqual([])
  })

  it('throttle an even share of calls in the words of each protocol', async () => {
    await aws.emulator.addFault({ effect: { kind: 'throttle', ratio: 0.5 } })
    const outcomes: string[] = []
    for (let call = 0; call < 4; call++) {
      outcomes.push(
        await endpoints().then(
          () => 'passed',
          (error: unknown) => (error instanceof Error ? error.name : ''),
        ),
      )
    }
    expect(outcomes).toEqual(['passed', 'ThrottlingException', 'passed', 'ThrottlingException'])
    await aws.rds.send(new DescribeDBInstancesCommand({}))
    await expect(aws.rds.send(new DescribeDBInstancesCommand({}))).rejects.toMatchObject({
      name: 'Throttling',
    })
  })

  it('cut the connection before or after the effect', async () => {
    const cut = /socket hang up|ECONNRESET/
    await aws.emulator.addFault({ match: 'lost', effect: { kind: 'cut' } })
    await aws.emulator.addFault({ match: 'kept', effect: { kind: 'cut', when: 'after' } })
    await expect(aws.dms.send(endpoint('lost'))).rejects.toThrow(cut)
    await expect(aws.dms.send(endpoint('kept'))).rejects.toThrow(cut)
    expect(await endpoints()).toEqual(['kept'])
    const cuts = (await aws.emulator.calls()).filter(({ operation }) => operation === 'CreateEndpoint')
    expect(cuts.map(({ status }) => status)).toEqual([0, 0])
  })

  it('delay and hold calls until they are cleared', async () => {
    await aws.emulator.addFault({ operation: 'DescribeEndpoints', effect: { kind: 'delay', ms: 120 } })
    const started = Date.now()
    await endpoints()
    expect(Date.now() - started).toBeGreaterThanOrEqual(115)
    await aws.emulator.addFault({ operation: 'DescribeReplicationInstances', effect: { kind: 'hold' } })
    let done = false
    const held = aws.dms.send(new DescribeReplicationInstancesCommand({})).then(() => (done = true))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(done).toBe(false)
    await aws.emulator.clearFaults()
    await held
  })

  it('are refused when they make no sense', async () => {
    await expect(aws.emulator.addFault({ effect: { kind: 'throttle', ratio: 2 } })).rejects.toThrow('ratio')
  })
})

describe('callers', () => {
  it('are denied what their policy lacks, in the code of the protocol', async () => {
    const reader = aws.clientsFor('AKIAREADSONLY0000000')
    await reader.dms.send(new DescribeEndpointsCommand({}))
    await expect(reader.dms.send(endpoint('mine'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('is not authorized to perform: dms:CreateEndpoint') as string,
    })
    await expect(reader.rds.send(new DescribeDBInstancesCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    expect(await endpoints()).toEqual([])
  })

  it('are turned away with an unknown key or without a signature', async () => {
    const stranger = aws.clientsFor('AKIASTRANGER00000000')
    await expect(stranger.dms.send(new DescribeEndpointsCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    })
    await expect(stranger.rds.send(new DescribeDBInstancesCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    const unsigned = await post({ 'x-amz-target': 'AmazonDMSv20160101.DescribeEndpoints' }, '{}', '')
    expect([unsigned.status, await unsigned.json()]).toEqual([
      403,
      { __type: 'MissingAuthenticationToken', message: 'Missing Authentication Token' },
    ])
    const wrongScope = await post({ 'x-amz-target': 'AmazonDMSv20160101.DescribeEndpoints' }, '{}', 'rds')
    expect(await wrongScope.json()).toMatchObject({ __type: 'InvalidSignatureException' })
  })
})

function post(
  headers: Record<string, string>,
  body: string | Uint8Array<ArrayBuffer>,
  scope: string,
): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIAEVERYTHING000000/20260101/eu-west-1/${scope}/aws4_request, SignedHeaders=host, Signature=0`
  return fetch(aws.emulator.url, {
    method: 'POST',
    headers: { ...headers, ...(scope ? { authorization } : {}) },
    body,
  })
}

describe('the protocols', () => {
  it('refuse unknown operations and parameters by name, in the form of the protocol', async () => {
    const json = await post({ 'x-amz-target': 'AmazonDMSv20160101.CreateDataMigration' }, '{}', 'dms')
    expect(json.headers.get('content-type')).toBe('application/x-amz-json-1.1')
    expect(await json.json()).toEqual({
      __type: 'UnknownOperationException',
      message: 'The emulator does not implement dms:CreateDataMigration',
    })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const xml = await post(form, 'Action=StopDBInstance&Version=2014-10-31', 'rds')
    expect(await xml.text()).toMatch(
      /^<ErrorResponse xmlns=".*"><Error><Type>Sender<\/Type><Code>InvalidAction<\/Code>/,
    )
    const parameter = await post(
      { 'x-amz-target': 'AmazonDMSv20160101.DescribeEndpoints' },
      '{"Colour":"red"}',
      'dms',
    )
    expect(await parameter.json()).toEqual({
      __type: 'ValidationException',
      message: 'the emulator does not know Colour',
    })
    const broken = await post({ 'x-amz-target': 'AmazonDMSv20160101.DescribeEndpoints' }, '{', 'dms')
    expect(await broken.json()).toMatchObject({ __type: 'SerializationException' })
  })

  it('include Query and gzip for CloudWatch, as older clients speak it', async () => {
    const query =
      'Action=ListMetrics&Version=2010-08-01&Namespace=AWS%2FDMS&Dimensions.member.1.Name=ReplicationInstanceIdentifier'
    const form = {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'content-encoding': 'gzip',
    }
    await expect
      .poll(async () => (await post(form, new Uint8Array(gzipSync(query)), 'monitoring')).text(), {
        timeout: 10_000,
      })
      .toContain(
        '<member><Namespace>AWS/DMS</Namespace><MetricName>CPUUtilization</MetricName><Dimensions><member><Name>ReplicationInstanceIdentifier</Name><Value>rep</Value>',
      )
  })

  it('mark errors of query-compatible clients', async () => {
    const headers = {
      'x-amz-target': 'GraniteServiceVersion20100801.DeleteAlarms',
      'x-amzn-query-mode': 'true',
      'content-type': 'application/x-amz-json-1.0',
    }
    const answer = await post(headers, '{"AlarmNames":["none"]}', 'monitoring')
    expect(answer.headers.get('x-amzn-query-error')).toBe('ResourceNotFound;Sender')
  })
})

describe('the call log', () => {
  it('keeps every call without its secrets, and marks those that change something', async () => {
    await aws.dms.send(endpoint('logged'))
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'shop/app', SecretString: 'do-not-log-me' }))
    await expect(aws.secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toThrow(
      "can't find the specified secret",
    )
    const calls = await aws.emulator.calls()
    expect(
      calls.map(({ service, operation, status, error, mutating }) => [
        service,
        operation,
        status,
        error,
        mutating,
      ]),
    ).toEqual([
      ['dms', 'CreateEndpoint', 200, undefined, true],
      ['secretsmanager', 'PutSecretValue', 200, undefined, true],
      ['secretsmanager', 'GetSecretValue', 400, 'ResourceNotFoundException', false],
    ])
    expect(calls[0]).toMatchObject({
      accessKeyId: 'AKIAEVERYTHING000000',
      request: { Password: '***', EndpointIdentifier: 'logged' },
    })
    expect(JSON.stringify(calls)).not.toMatch(/do-not-log-me|nor-me/)
  })
})
