import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applyFilters, describeInput } from './filters.ts'

/** The emulator knows no networks: a group is a name that replication instances were given. */
export function describeSubnetGroup(name: string): Record<string, unknown> {
  return {
    ReplicationSubnetGroupIdentifier: name,
    ReplicationSubnetGroupDescription: 'emulated',
    VpcId: 'vpc-0123456789abcdef0',
    SubnetGroupStatus: 'Complete',
    Subnets: [],
    SupportedNetworkTypes: ['IPV4'],
  }
}

export function subnetGroupOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DescribeReplicationSubnetGroups: operation(z.strictObject(describeInput), 'reads', (input) => {
      const { replicationInstances, replicationConfigs } = emulator.store.state
      const names = new Set([
        ...replicationInstances.map((instance) => instance.subnetGroup),
        ...replicationConfigs.flatMap((config) => config.computeConfig.ReplicationSubnetGroupId ?? []),
      ])
      const matching = applyFilters([...names], input.Filters, {
        'replication-subnet-group-id': (name) => name,
      })
      if (matching.length === 0 && input.Filters?.length) {
        throw resourceNotFound('No replication subnet groups found matching provided filters')
      }
      const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
      return { ReplicationSubnetGroups: entries.map(describeSubnetGroup), ...marker }
    }),
  }
}
