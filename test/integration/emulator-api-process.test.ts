import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateEndpointCommand,
  CreateReplicationInstanceCommand,
  DescribeConnectionsCommand,
  DescribeEndpointsCommand,
  DescribeReplicationInstancesCommand,
  TestConnectionCommand,
} from '@aws-sdk/client-database-migration-service'
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestEmulator, testConfig } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { startEmulator } from '../emulator/start-emulator.ts'

let aws: TestEmulator
let folder = ''

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

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
  folder = mkdtempSync(join(tmpdir(), 'emulator-process '))
  aws = await openTestEmulator({
    secrets: { 'shop/app': { password: 'first' } },
  })
})

afterEach(async () => {
  await aws?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a restart', () => {
  it('finds resources, secrets, knobs and the call log as they were, and settles what was under way', async () => {
    await aws.emulator.change({ controlPlaneDelayMs: 1500 })
    await aws.dms.send(endpoint('kept'))
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'shop/app', SecretString: 'second' }))
    await aws.dms.send(
      new CreateReplicationInstanceCommand({
        ReplicationInstanceIdentifier: 'young',
        ReplicationInstanceClass: 'dms.t3.medium',
      }),
    )
    const { Endpoints } = await aws.dms.send(new DescribeEndpointsCommand({}))
    const { ReplicationInstances } = await aws.dms.send(new DescribeReplicationInstancesCommand({}))
    const instance = ReplicationInstances?.find((seen) => seen.ReplicationInstanceIdentifier === 'rep')
    await aws.dms.send(
      new TestConnectionCommand({
        EndpointArn: Endpoints?.[0]?.EndpointArn ?? '',
        ReplicationInstanceArn: instance?.ReplicationInstanceArn ?? '',
      }),
    )
    const url = aws.emulator.url
    await aws.emulator.kill()
    await aws.emulator.restart()
    expect(aws.emulator.url).toBe(url)
    expect((await aws.dms.send(new DescribeConnectionsCommand({}))).Connections?.[0]?.Status).toBe('testing')
    expect(await endpoints()).toEqual(['kept'])
    const { SecretString } = await aws.secrets.send(new GetSecretValueCommand({ SecretId: 'shop/app' }))
    expect(SecretString).toBe('second')
    await expect
      .poll(async () => (await aws.dms.send(new DescribeConnectionsCommand({}))).Connections?.[0]?.Status, {
        timeout: 10_000,
      })
      .toBe('failed')
    const statuses = await aws.dms.send(new DescribeReplicationInstancesCommand({}))
    expect(statuses.ReplicationInstances?.map((seen) => seen.ReplicationInstanceStatus)).toEqual([
      'available',
      'available',
    ])
    expect((await aws.emulator.calls())[0]).toMatchObject({ operation: 'CreateEndpoint' })
  })
})

describe('the process', () => {
  it('ends when whoever started it is killed', async () => {
    const script = `
      const { startEmulator } = await import(${JSON.stringify(new URL('../emulator/start-emulator.ts', import.meta.url).href)})
      const emulator = await startEmulator(${JSON.stringify({ stateFolder: join(folder, 'orphan'), config: testConfig })})
      console.log(emulator.pid)
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    expect(process.kill(pid, 0)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  })

  it('refuses a wrong configuration, naming each problem', async () => {
    const options = {
      stateFolder: join(folder, 'wrong'),
      config: { ...testConfig, account: '12', colour: 'red' },
    }
    await expect(startEmulator(options)).rejects.toThrow(/account[\s\S]*colour|colour[\s\S]*account/)
  })
})
