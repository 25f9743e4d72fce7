import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { flexibleBoolean, flexibleNumber } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'
import { securityGroupSchema } from './config.ts'
import type { SecurityGroup } from './config.ts'

const input = z.strictObject({
  GroupId: z.array(z.string()).optional(),
  GroupName: z.array(z.string()).optional(),
  Filter: z.array(z.strictObject({ Name: z.string(), Value: z.array(z.string()) })).optional(),
  DryRun: flexibleBoolean.optional(),
  MaxResults: flexibleNumber.optional(),
  NextToken: z.string().optional(),
})

const vpc = 'vpc-0123456789abcdef0'

const filters: Readonly<Record<string, (group: SecurityGroup) => string[]>> = {
  'group-id': ({ id }) => [id],
  'group-name': ({ name }) => [name],
  'vpc-id': () => [vpc],
}

/** Those of the configuration; without any, one that lets nobody in. */
function groupsOf(emulator: Emulator): SecurityGroup[] {
  return emulator.config.securityGroups ?? [securityGroupSchema.parse({ id: 'sg-0123456789abcdef0' })]
}

function describe(emulator: Emulator, group: SecurityGroup): Record<string, unknown> {
  const ownerId = emulator.config.account
  return {
    ownerId,
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: vpc,
    securityGroupArn: emulator.arn('ec2', `security-group/${group.id}`),
    ipPermissions: group.ingress.map((rule) => ({
      ipProtocol: rule.protocol,
      fromPort: rule.fromPort,
      toPort: rule.toPort,
      groups: rule.groups.map((groupId) => ({ groupId, userId: ownerId, description: rule.description })),
      ipRanges: rule.cidrs.map((cidrIp) => ({ cidrIp, description: rule.description })),
      ipv6Ranges: rule.ipv6Cidrs.map((cidrIpv6) => ({ cidrIpv6, description: rule.description })),
      prefixListIds: [],
    })),
    ipPermissionsEgress: [
      {
        ipProtocol: '-1',
        groups: [],
        ipRanges: [{ cidrIp: '0.0.0.0/0' }],
        ipv6Ranges: [],
        prefixListIds: [],
      },
    ],
    tagSet: Object.entries(group.tags).map(([key, value]) => ({ key, value })),
  }
}

/** EC2 as far as a migration reads it: who may reach the databases. Nothing changes. */
export function ec2Service(emulator: Emulator): Service {
  return {
    name: 'ec2',
    signingName: 'ec2',
    query: {
      version: '2016-11-15',
      namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
      flavour: 'ec2',
    },
    operations: {
      DescribeSecurityGroups: operation(input, 'reads', (request) => {
        const all = groupsOf(emulator)
        const missing = request.GroupId?.find((id) => !all.some((group) => group.id === id))
        if (missing !== undefined) {
          throw new AwsError('InvalidGroup.NotFound', `The security group '${missing}' does not exist`)
        }
        for (const { Name } of request.Filter ?? []) {
          if (!filters[Name]) {
            throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid`)
          }
        }
        const matching = all.filter(
          (group) =>
            (request.GroupId?.includes(group.id) ?? true) &&
            (request.GroupName?.includes(group.name) ?? true) &&
            (request.Filter ?? []).every(({ Name, Value }) =>
              filters[Name]?.(group).some((value) => Value.includes(value)),
            ),
        )
        const { entries, Marker } = page(
          matching,
          { MaxRecords: request.MaxResults, Marker: request.NextToken },
          { min: 5, max: 1000, byDefault: 1000 },
        )
        return { securityGroupInfo: entries.map((group) => describe(emulator, group)), nextToken: Marker }
      }),
    },
  }
}
