import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Groups opened to everybody for the time of a migration tend to stay so. */
export const rdsSecurityGroups: Check = {
  code: 'rds-security-groups',
  title: 'no security group lets the whole internet reach a database',
  judge: (facts) =>
    eachSide((side): Finding[] => {
      const server = knownFact(facts[side].rds)
      const rules = knownFact(facts[side].openRules) ?? []
      if (server === undefined || rules.length === 0) return []
      return [
        {
          severity: server.publiclyAccessible ? 'blocker' : 'warning',
          message: `port ${server.port} of ${server.identifier} is open to ${[...new Set(rules.map(({ range }) => range))].join(' and ')}`,
          objects: rules.map(({ group, range }) => `${group} (${range})`),
          why: server.publiclyAccessible
            ? 'With its public address anybody may try passwords on it.'
            : 'Everything inside the network may try passwords on it, and a public address would open it to all.',
          remedy: rules
            .map(({ group, range }) =>
              range.includes(':')
                ? `aws ec2 revoke-security-group-ingress --group-id ${group} --ip-permissions 'IpProtocol=tcp,FromPort=${server.port},ToPort=${server.port},Ipv6Ranges=[{CidrIpv6=${range}}]'`
                : `aws ec2 revoke-security-group-ingress --group-id ${group} --protocol tcp --port ${server.port} --cidr ${range}`,
            )
            .join('\n'),
        },
      ]
    }),
}
