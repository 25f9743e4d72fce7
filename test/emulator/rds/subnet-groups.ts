import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { vpcOf } from '../network.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { pagingInput, rdsFilters } from './rds-input.ts'

/** The answer's form of a subnet group; `vpcs` of the configuration may say that it lies in another network. */
export function subnetGroupOf(emulator: Emulator, name: string): Record<string, unknown> {
  return {
    DBSubnetGroupName: name,
    DBSubnetGroupDescription: name,
    VpcId: vpcOf(emulator, name),
    SubnetGroupStatus: 'Complete',
    Subnets: ['a', 'b', 'c'].map((letter, number) => ({
      SubnetIdentifier: `subnet-0123456789abcdef${number}`,
      SubnetAvailabilityZone: { Name: emulator.config.region + letter },
      SubnetStatus: 'Active',
    })),
    DBSubnetGroupArn: emulator.arn('rds', `subgrp:${name}`),
  }
}

/** `default` and those that the account's servers name; none can be made or changed. */
export function subnetGroupNames(emulator: Emulator): string[] {
  const { instances, clusters } = emulator.store.state.rds
  const used = [...instances, ...clusters].map(({ subnetGroup }) => subnetGroup)
  return [...new Set(['default', ...used])]
}

/** Throws DBSubnetGroupNotFoundFault. */
export function demandSubnetGroup(emulator: Emulator, name: string | undefined): void {
  if (name === undefined || subnetGroupNames(emulator).includes(name)) return
  throw new AwsError('DBSubnetGroupNotFoundFault', `DB subnet group '${name}' does not exist.`, 404)
}

export function subnetGroupOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DescribeDBSubnetGroups: operation(
      z.strictObject({ ...pagingInput, Filters: rdsFilters, DBSubnetGroupName: z.string().optional() }),
      'reads',
      ({ DBSubnetGroupName: wanted, ...request }) => {
        demandSubnetGroup(emulator, wanted)
        const names = wanted === undefined ? subnetGroupNames(emulator) : [wanted]
        const { entries, ...marker } = page(names, request, { min: 20, max: 100 })
        return { DBSubnetGroups: entries.map((name) => subnetGroupOf(emulator, name)), ...marker }
      },
    ),
  }
}
