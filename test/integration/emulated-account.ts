import type { EmulatorConfig } from '../emulator/config.ts'

/** An AWS account with a source, an Aurora target, 21 other servers (more than a page), a secret and a role. */
export const emulatedAccount: Partial<EmulatorConfig> = {
  rds: {
    instances: [
      {
        identifier: 'shop-source',
        address: '127.0.0.1',
        port: 5432,
        engineVersion: '15.18',
        parameterGroups: ['shop-15'],
        parameterApplyStatus: 'pending-reboot',
        tags: { team: 'shop & co <ltd>' },
        metrics: { FreeStorageSpace: 5_000_000_000 },
      },
      {
        identifier: 'shop-target-1',
        address: '127.0.0.2',
        port: 5433,
        engine: 'aurora-postgresql',
        engineVersion: '17.4',
        clusterIdentifier: 'shop-target',
      },
      ...Array.from({ length: 21 }, (_, number) => ({
        identifier: `other-${number}`,
        address: '127.0.0.3',
        port: 5434,
        engineVersion: '15.18',
      })),
    ],
    clusters: [
      {
        identifier: 'shop-target',
        address: '127.0.0.2',
        port: 5433,
        engineVersion: '17.4',
        members: ['shop-target-1'],
      },
    ],
    parameterGroups: [
      {
        name: 'shop-15',
        family: 'postgres15',
        kind: 'instance',
        parameters: { 'rds.logical_replication': '1' },
      },
    ],
  },
  secrets: { 'shop/app': { host: '127.0.0.1', port: 5432, username: 'shop_app', password: 'first' } },
  roles: [{ arn: 'arn:aws:iam::123456789012:role/reader', allow: ['rds:Describe*'] }],
}
