import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeInput } from './filters.ts'

const paging = z.strictObject({ MaxRecords: describeInput.MaxRecords, Marker: describeInput.Marker })

/** As the release notes of 2025 have it; real accounts must be asked, these dates move. */
const engineVersions = ['3.5.3', '3.5.4', '3.6.0', '3.6.1']
const instanceClasses = [
  'dms.t3.medium',
  'dms.c5.large',
  'dms.c6i.large',
  'dms.r5.large',
  'dms.r6i.large',
  'dms.r6i.xlarge',
]

/** Quotas of a new account (DMS User Guide, Quotas). */
const defaultQuotas = {
  ReplicationInstances: 60,
  AllocatedStorage: 30_000,
  Endpoints: 1000,
  ReplicationTasks: 600,
}

/** What DMS offers and what the account may use: constants, save the numbers used and quotas of the configuration. */
export function offerOperations(emulator: Emulator): Record<string, Operation> {
  const most = (name: keyof typeof defaultQuotas): number =>
    emulator.config.dmsQuotas?.[name] ?? defaultQuotas[name]
  const zones = ['a', 'b', 'c'].map((letter) => emulator.config.region + letter)
  return {
    DescribeEngineVersions: operation(paging, 'reads', (input) => {
      const { entries, ...marker } = page(engineVersions, input, { min: 20, max: 100 })
      return {
        EngineVersions: entries.map((Version) => ({
          Version,
          Lifecycle: 'available',
          ReleaseStatus: 'prod',
          AvailableUpgrades: engineVersions.filter((other) => other > Version),
        })),
        ...marker,
      }
    }),
    DescribeOrderableReplicationInstances: operation(paging, 'reads', (input) => {
      const offers = engineVersions.flatMap((EngineVersion) =>
        instanceClasses.map((ReplicationInstanceClass) => ({
          EngineVersion,
          ReplicationInstanceClass,
          StorageType: 'gp2',
          MinAllocatedStorage: 5,
          MaxAllocatedStorage: 6144,
          DefaultAllocatedStorage: 50,
          IncludedAllocatedStorage: 50,
          AvailabilityZones: zones,
          ReleaseStatus: 'prod',
        })),
      )
      const { entries, ...marker } = page(offers, input, { min: 20, max: 100 })
      return { OrderableReplicationInstances: entries, ...marker }
    }),
    DescribeAccountAttributes: operation(z.strictObject({}), 'reads', () => {
      const { replicationInstances, endpoints, tasks } = emulator.store.state
      const storage = replicationInstances.reduce((sum, instance) => sum + instance.allocatedStorage, 0)
      return {
        AccountQuotas: [
          {
            AccountQuotaName: 'ReplicationInstances',
            Used: replicationInstances.length,
            Max: most('ReplicationInstances'),
          },
          { AccountQuotaName: 'AllocatedStorage', Used: storage, Max: most('AllocatedStorage') },
          { AccountQuotaName: 'Endpoints', Used: endpoints.length, Max: most('Endpoints') },
          { AccountQuotaName: 'ReplicationTasks', Used: tasks.length, Max: most('ReplicationTasks') },
        ],
        UniqueAccountIdentifier: `emulated-${emulator.config.account}`,
      }
    }),
  }
}
