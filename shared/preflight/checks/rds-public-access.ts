import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** A database has no business on the internet; people make it public to get a migration tool in, and forget. */
export const rdsPublicAccess: Check = {
  code: 'rds-public-access',
  title: 'no RDS server has a public address',
  judge: (facts) =>
    eachSide((side): Finding[] => {
      const server = knownFact(facts[side].rds)
      if (server === undefined || !server.publiclyAccessible) return []
      return [
        {
          severity: 'warning',
          message: `${server.identifier} is publicly accessible`,
          objects: [server.identifier],
          why: 'Only its security groups stand between it and the internet. DMS reaches it inside the VPC.',
          remedy:
            server.kind === 'instance'
              ? `aws rds modify-db-instance --db-instance-identifier ${server.identifier} --no-publicly-accessible --apply-immediately`
              : server.certificates
                  .map(
                    ({ instance }) =>
                      `aws rds modify-db-instance --db-instance-identifier ${instance} --no-publicly-accessible --apply-immediately`,
                  )
                  .join('\n'),
        },
      ]
    }),
}
