import type { Emulator } from './emulator.ts'

/** The one network of an account that says nothing of networks. */
const onlyVpc = 'vpc-0123456789abcdef0'

/** The VPC of a subnet group of RDS or DMS, by the group's name. */
export function vpcOf({ config }: Emulator, subnetGroup: string): string {
  return config.vpcs?.[subnetGroup] ?? onlyVpc
}
