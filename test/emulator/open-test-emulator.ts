import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service'
import { EC2Client } from '@aws-sdk/client-ec2'
import { KMSClient } from '@aws-sdk/client-kms'
import { RAMClient } from '@aws-sdk/client-ram'
import { RDSClient } from '@aws-sdk/client-rds'
import { Route53Client } from '@aws-sdk/client-route-53'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SNSClient } from '@aws-sdk/client-sns'
import { SSMClient } from '@aws-sdk/client-ssm'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { removeVolumesFolder } from '../postgres/volumes-folder.ts'
import { startEmulator } from './start-emulator.ts'
import type { EmulatorConfig, RunningEmulator } from './start-emulator.ts'

/** Unmodified SDK clients that know the emulator by its URL only. */
export interface TestClients {
  readonly dms: DatabaseMigrationServiceClient
  readonly rds: RDSClient
  readonly cloudWatch: CloudWatchClient
  readonly secrets: SecretsManagerClient
  readonly sts: STSClient
  readonly ec2: EC2Client
  readonly kms: KMSClient
  readonly ram: RAMClient
  readonly sns: SNSClient
  readonly ssm: SSMClient
  readonly route53: Route53Client
}

export interface TestEmulator extends TestClients {
  readonly emulator: RunningEmulator
  /** Clients that sign with another access key. */
  clientsFor(accessKeyId: string, region?: string): TestClients
  /** Clients of another configured account: those of its role `migration`. */
  clientsOf(account: string): Promise<TestClients>
  /** Stops the emulator and removes its state. */
  close(): Promise<void>
}

/** One replication instance `rep`, no servers, settled within 20 ms. */
export const testConfig: EmulatorConfig = {
  account: '123456789012',
  region: 'eu-west-1',
  knobs: { controlPlaneDelayMs: 20, metricDelayMs: 0, metricPeriodMs: 100 },
  rds: { instances: [], clusters: [] },
  secrets: {},
  replicationInstances: [{ identifier: 'rep' }],
}

/** Starts an emulator over a folder of its own; `config` overrides parts of `testConfig`. */
export async function openTestEmulator(config: Partial<EmulatorConfig> = {}): Promise<TestEmulator> {
  const folder = mkdtempSync(join(tmpdir(), 'emulator '))
  const emulator = await startEmulator({
    stateFolder: join(folder, 'state'),
    config: { ...testConfig, ...config },
    logFile: join(folder, 'emulator.log'),
  })
  const opened: TestClients[] = []

  function clientsFor(accessKeyId: string, region = testConfig.region): TestClients {
    const options = {
      endpoint: emulator.url,
      region,
      credentials: { accessKeyId, secretAccessKey: 'emulated' },
      maxAttempts: 1,
    }
    const clients = {
      dms: new DatabaseMigrationServiceClient(options),
      rds: new RDSClient(options),
      cloudWatch: new CloudWatchClient(options),
      secrets: new SecretsManagerClient(options),
      sts: new STSClient(options),
      ec2: new EC2Client(options),
      kms: new KMSClient(options),
      ram: new RAMClient(options),
      sns: new SNSClient(options),
      ssm: new SSMClient(options),
      route53: new Route53Client(options),
    }
    opened.push(clients)
    return clients
  }

  const main = clientsFor(emulator.environment().AWS_ACCESS_KEY_ID ?? '')
  return {
    emulator,
    ...main,
    clientsFor,
    async clientsOf(account) {
      const { Credentials } = await main.sts.send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/migration`, RoleSessionName: 'test' }),
      )
      return clientsFor(Credentials?.AccessKeyId ?? '')
    },
    async close() {
      for (const clients of opened) for (const client of Object.values(clients)) client.destroy()
      await emulator.stop()
      removeVolumesFolder(join(folder, 'state'))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
