import { z } from 'zod'
import { invalidCombination, invalidValue } from '../protocol/aws-error.ts'
import type { ComputeConfig } from './records.ts'

/** The numbers of DMS capacity units that the API's documentation lists. */
const capacityUnits = [1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384]

const shared = {
  AvailabilityZone: z.string().optional(),
  DnsNameServers: z.string().optional(),
  KmsKeyId: z.string().optional(),
  MinCapacityUnits: z.number().int().optional(),
  MultiAZ: z.boolean().optional(),
  PreferredMaintenanceWindow: z.string().optional(),
  ReplicationSubnetGroupId: z.string().optional(),
  VpcSecurityGroupIds: z.array(z.string()).optional(),
}

export const computeConfigInput = z.strictObject({ ...shared, MaxCapacityUnits: z.number().int() })
/** As ModifyReplicationConfig takes it: what is left out stays. */
export const computeConfigChanges = z.strictObject({
  ...shared,
  MaxCapacityUnits: z.number().int().optional(),
})

/** Refuses capacities that DMS does not offer and settings that contradict each other. */
export function demandCompute(config: ComputeConfig): void {
  const { MinCapacityUnits = 1, MaxCapacityUnits } = config
  for (const [name, units] of Object.entries({ MinCapacityUnits, MaxCapacityUnits })) {
    if (!capacityUnits.includes(units)) {
      throw invalidValue(`Invalid value ${units} for ${name}: valid values are ${capacityUnits.join(', ')}.`)
    }
  }
  if (MinCapacityUnits > MaxCapacityUnits) {
    throw invalidCombination('MinCapacityUnits cannot be greater than MaxCapacityUnits.')
  }
  if (config.MultiAZ && config.AvailabilityZone !== undefined) {
    throw invalidCombination('AvailabilityZone cannot be specified if MultiAZ is set to true.')
  }
}
