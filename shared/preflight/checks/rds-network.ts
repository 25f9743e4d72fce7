import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Two VPCs see each other only by peering, a transit gateway or the internet. */
export const rdsNetwork: Check = {
  code: 'rds-network',
  title: 'replication instances and RDS servers are in one VPC',
  judge: (facts) =>
    eachSide((side) => {
      const server = knownFact(facts[side].rds)
      if (server === undefined || server.vpc === '') return []
      return knownFact(facts.dms.instances)
        .filter(({ vpc }) => vpc !== '' && vpc !== server.vpc)
        .map(({ identifier, vpc }): Finding => ({
          severity: 'note',
          message: `${identifier} is in ${vpc}, ${server.identifier} in ${server.vpc}`,
          objects: [identifier, server.identifier],
          why: 'Without peering or a transit gateway the endpoint’s connection test fails.',
          remedy: `aws ec2 describe-vpc-peering-connections --filters Name=requester-vpc-info.vpc-id,Values=${vpc},${server.vpc}  # and the routes and security groups of both`,
        }))
    }),
}
