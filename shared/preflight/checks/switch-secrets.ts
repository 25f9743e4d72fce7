import { counted } from '../naming.ts'
import type { Check, Finding } from '../finding.ts'
import type { SwitchTarget } from '../facts.ts'

/** Longer than that clients would go on to a database that is closed, for longer than the freeze itself (seconds). */
export const longestTtl = 60

const lookAt: Readonly<Record<SwitchTarget['kind'], readonly [command: string, right: string]>> = {
  secret: ['aws secretsmanager describe-secret --secret-id', 'secretsmanager:GetSecretValue'],
  parameter: ['aws ssm get-parameter --name', 'ssm:GetParameter and ssm:DescribeParameters'],
  record: [
    'aws route53 list-resource-record-sets --hosted-zone-id ID --start-record-name',
    'route53:ListResourceRecordSets',
  ],
  pooler: ['psql -p 6432 pgbouncer -c "SHOW DATABASES"  # on each node of', 'the admin console'],
}

/** What the applications find their database by must be there and have a place for the address that the switch sets; a
 * pooler must be able to hold their sessions. */
export const switchSecrets: Check = {
  code: 'switch-secrets',
  title:
    'the secrets, parameters and records that switch the applications exist and hold an address, poolers can hold clients',
  judge: (facts) =>
    facts.switchTargets.flatMap(({ kind, name, found }): Finding[] => {
      const [command, right] = lookAt[kind]
      if (!found.known) {
        return [
          {
            severity: 'blocker',
            message: `the ${kind} ${name} cannot be read: ${found.reason}`,
            objects: [name],
            why: 'The cutover points the applications at the target by it.',
            remedy: `${command} '${name}'  # and allow ${right} to the role of this job`,
          },
        ]
      }
      const { unfit, remedy, ttl = 0 } = found.value
      if (unfit !== null)
        return [
          {
            severity: 'blocker',
            message: `the ${kind} ${name} ${unfit}`,
            objects: [name],
            why:
              kind === 'pooler'
                ? 'Its clients are held from before the pause until the target is open.'
                : 'The switch sets the address in it and leaves all else as it is.',
            remedy:
              remedy ??
              'Store it as RDS does (JSON with host, port, username, password, dbname), or say by `keys` or `holds` where the address is.',
          },
        ]
      if (ttl <= longestTtl) return []
      return [
        {
          severity: 'warning',
          message: `the record ${name} has a TTL of ${counted(ttl, 'second')}`,
          objects: [name],
          why: 'So long after the switch clients go on to the source, which is closed by then.',
          remedy: `Set its TTL to ${longestTtl} seconds or less now: at the latest ${counted(ttl, 'second')}, better days, before the cutover.`,
        },
      ]
    }),
}
