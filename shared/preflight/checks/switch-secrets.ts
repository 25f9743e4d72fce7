import type { Check, Finding } from '../finding.ts'

/** Keys that the switch rewrites. */
const needed = ['host', 'port', 'dbname']

/** The secrets by which the applications find their database must be there and have what the switch sets. */
export const switchSecrets: Check = {
  code: 'switch-secrets',
  title: 'the secrets that switch the applications exist and have host, port and dbname',
  judge: (facts) =>
    facts.switchSecrets.flatMap(({ secret, keys }): Finding[] => {
      if (!keys.known) {
        return [
          {
            severity: 'blocker',
            message: `the secret ${secret} cannot be read: ${keys.reason}`,
            objects: [secret],
            why: 'The cutover points the applications at the target by it.',
            remedy: `aws secretsmanager describe-secret --secret-id '${secret}'  # and allow secretsmanager:GetSecretValue to the role of this job`,
          },
        ]
      }
      const missing = needed.filter((key) => !keys.value.includes(key))
      if (missing.length === 0) return []
      return [
        {
          severity: 'blocker',
          message: `the secret ${secret} has no ${missing.join(', ')}`,
          objects: [secret],
          why: 'The switch sets host, port and dbname and leaves all else as it is.',
          remedy: 'Store it as RDS does: JSON with engine, host, port, username, password, dbname.',
        },
      ]
    }),
}
