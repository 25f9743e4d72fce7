import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { vpcOf } from '../network.ts'
import { resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applyFilters, describeInput } from './filters.ts'

/** A group is a name that replication instances were given; `vpcs` of the configuration may say where it lies. */
export function describeSubnetGroup(emulator: Emulator, name: string): Record<string, unknown> {
  return {
    ReplicationSubnetGroupIdentifier: name,
    ReplicationSubnetGroupDescription: 'emulated',
    VpcId: vpcOf(emulator, name),
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
      return {
        ReplicationSubnetGroups: entries.map((name) => describeSubnetGroup(emulator, name)),
        ...marker,
      }
    }),
  }
}
