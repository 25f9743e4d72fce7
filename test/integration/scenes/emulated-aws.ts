import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { CreateEndpointCommand } from '@aws-sdk/client-database-migration-service'
import type { EmulatorConfig } from '../../emulator/config.ts'
import type { TestClients } from '../../emulator/open-test-emulator.ts'
import type { PostgresServer } from '../../postgres/server-group.ts'
import type { RolePasswords } from '../../workload/sample-database.ts'

export const account = '123456789012'
/** The account that the source of the scene `copy` is in. */
export const otherAccount = '222222222222'

interface Server extends Pick<PostgresServer, 'host' | 'port'> {
  readonly passwords: RolePasswords
}

/** What the emulator is started with: for the clean look what is right, and beside it what offends. */
export function emulatedAws(source: Server, target: Server, settings: Server): Partial<EmulatorConfig> {
  const secret = ({ host, port, passwords }: Server, username: keyof RolePasswords, dbname = 'shop') => ({
    engine: 'postgres',
    host,
    port,
    username,
    password: passwords[username],
    dbname,
  })
  const { dbname: _, ...withoutDatabase } = secret(target, 'shop_batch')
  const at = ({ host, port }: Server) => ({ address: host, port })
  return {
    account,
    secrets: {
      'shop/source': secret(source, 'migrator'),
      'shop/target': secret(target, 'migrator'),
      'shop/dms-source': secret(source, 'dms_source'),
      'shop/dms-target': secret(target, 'dms_target'),
      'shop/dms-reverse-source': secret(source, 'dms_reverse_source'),
      'shop/dms-reverse-target': secret(target, 'dms_reverse_target'),
      'shop/app': secret(source, 'shop_app'),
      'offending/dms-source': {
        ...secret(source, 'dms_source'),
        password: `${source.passwords.dms_source}%`,
      },
      'offending/app': { ...secret(source, 'shop_app'), password: 'not-the-password' },
      'offending/batch': withoutDatabase,
      'settings/server': secret(settings, 'migrator'),
      'copy/latin': secret(settings, 'migrator', 'latin'),
    },
    securityGroups: [
      { id: 'sg-closed', ingress: [{ fromPort: 5432, toPort: 5432, cidrs: ['10.0.0.0/8'] }] },
      { id: 'sg-1', ingress: [{ fromPort: 0, toPort: 65_535, cidrs: ['0.0.0.0/0'] }] },
    ],
    // Room for the endpoints of a migration, two for each way, and for nobody else's.
    dmsQuotas: { Endpoints: 4 },
    vpcs: { elsewhere: 'vpc-2' },
    replicationInstances: [
      { identifier: 'rehearsal', instanceClass: 'dms.r6i.large', multiAz: true, allocatedStorageGib: 100 },
      {
        identifier: 'small',
        instanceClass: 'dms.t3.medium',
        allocatedStorageGib: 5,
        subnetGroup: 'elsewhere',
      },
    ],
    rds: {
      instances: [
        {
          ...at(source),
          ...right,
          identifier: 'db-right',
          engineVersion: '15.8',
          parameterGroups: ['logical'],
        },
        {
          ...at(target),
          ...right,
          ...aurora,
          identifier: 'aurora-right-1',
          clusterIdentifier: 'aurora-right',
        },
        { ...at(target), ...aurora, identifier: 'aurora-1-writer', clusterIdentifier: 'aurora-1' },
        { ...at(settings), ...aurora, identifier: 'clone-writer', clusterIdentifier: 'clone' },
        {
          ...at(source),
          identifier: 'db-1',
          engineVersion: '15.8',
          status: 'modifying',
          multiAz: true,
          parameterGroups: ['tuned'],
          backupRetentionPeriod: 0,
          publiclyAccessible: true,
          readReplicas: ['replica-1'],
          caCertificateIdentifier: 'rds-ca-2019',
          certificateValidTill: '2024-08-22T00:00:00Z',
          pendingModifications: { EngineVersion: '16.4' },
          pendingMaintenance: [{ action: 'system-update' }],
          metrics: { FreeStorageSpace: 1024 },
          securityGroups: ['sg-1'],
        },
      ],
      clusters: [
        {
          ...at(target),
          identifier: 'aurora-right',
          engineVersion: '17.4',
          members: ['aurora-right-1'],
          multiAz: true,
          parameterGroup: 'aurora-logical',
          securityGroups: ['sg-closed'],
        },
        {
          ...at(target),
          identifier: 'aurora-1',
          engineVersion: '17.4',
          members: ['aurora-1-writer'],
          parameterGroup: 'aurora-pg',
          storageEncrypted: false,
          deletionProtection: false,
          securityGroups: ['sg-closed'],
        },
        // The target of the scene `copy`, made already.
        {
          ...at(settings),
          identifier: 'clone',
          engineVersion: '15.8',
          members: ['clone-writer'],
          securityGroups: ['sg-closed'],
        },
      ],
      parameterGroups: [
        { name: 'logical', family: 'postgres15', kind: 'instance', parameters: logical },
        {
          name: 'tuned',
          family: 'postgres15',
          kind: 'instance',
          parameters: { ...logical, work_mem: '65536' },
        },
        { name: 'aurora-logical', family: 'aurora-postgresql17', kind: 'cluster', parameters: logical },
        { name: 'aurora-pg', family: 'aurora-postgresql17', kind: 'cluster' },
      ],
    },
    accounts: [
      {
        account: otherAccount,
        secrets: { 'copy/source': secret(target, 'migrator') },
        // Nobody but its own account may use this key, and the cluster is shared with nobody.
        keys: [{ id: 'k' }],
        rds: {
          instances: [{ ...at(target), ...aurora, identifier: 'shared-writer', clusterIdentifier: 'shared' }],
          clusters: [
            {
              ...at(target),
              identifier: 'shared',
              engineVersion: '17.4',
              members: ['shared-writer'],
              kmsKeyId: `arn:aws:kms:eu-west-1:${otherAccount}:key/k`,
            },
          ],
        },
      },
    ],
  }
}

const logical = { 'rds.logical_replication': '1' }
const right = { multiAz: true, securityGroups: ['sg-closed'] }
const aurora = { engine: 'aurora-postgresql', engineVersion: '17.4' } as const

/** What is done to AWS after the clean look: an alarm of the offending source, an endpoint that bears a name of ours. */
export async function offendAws({ cloudWatch, dms }: TestClients): Promise<void> {
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'shop cpu',
      Namespace: 'AWS/RDS',
      MetricName: 'CPUUtilization',
      Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'db-1' }],
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 80,
      ComparisonOperator: 'GreaterThanThreshold',
      Statistic: 'Average',
    }),
  )
  await dms.send(
    new CreateEndpointCommand({
      EndpointIdentifier: 'aurora-migration-shop-source',
      EndpointType: 'source',
      EngineName: 'postgres',
      ServerName: 'legacy.example',
      Port: 5432,
      DatabaseName: 'legacy',
      Username: 'somebody',
      Password: 'else',
    }),
  )
}
