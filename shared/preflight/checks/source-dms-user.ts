import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'

/** DMS's user on the source must be able to log in and to read the log. */
export const sourceDmsUser: Check = {
  code: 'source-dms-user',
  title: 'DMS’s user on the source can log in and replicate',
  judge: (facts) => {
    const name = facts.users.dmsSource
    const role = knownFact(facts.source.roles).find((known) => known.name === name)
    if (role?.exists !== true) {
      return [
        {
          severity: 'blocker',
          message: `the role ${name} does not exist on the source`,
          objects: [name],
          why: 'It is the login in the secret of `dms.source`.',
          remedy: `CREATE ROLE ${quoted(name)} LOGIN REPLICATION PASSWORD '…'; -- on RDS: LOGIN, then GRANT rds_replication TO ${quoted(name)};`,
        },
      ]
    }
    const replicates = role.superuser || role.replication || role.memberOf.includes('rds_replication')
    if (role.canLogin && replicates) return []
    return [
      {
        severity: 'blocker',
        message: `the role ${name} ${role.canLogin ? 'may not replicate' : 'may not log in'}`,
        objects: [name],
        why: 'DMS logs in with it and opens a replication connection.',
        remedy: role.canLogin
          ? `ALTER ROLE ${quoted(name)} REPLICATION; -- on RDS: GRANT rds_replication TO ${quoted(name)};`
          : `ALTER ROLE ${quoted(name)} LOGIN;`,
      },
    ]
  },
}
