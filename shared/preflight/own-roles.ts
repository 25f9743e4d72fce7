import type { PreflightFacts } from './facts.ts'

type Side = 'source' | 'target'

/** Logins that the migration brings itself on one side: its own and DMS's. */
export function ownLogins(facts: PreflightFacts, side: Side): ReadonlySet<string> {
  return new Set([facts.users[side], side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget])
}

/** Roles by which AWS runs the server: `rdsadmin`, `rds_superuser`, … Nobody logs in with them. */
export function isPlatformRole(name: string): boolean {
  return name === 'rdsadmin' || name.startsWith('rds_') || name === 'rdsrepladmin' || name === 'rdstopmgr'
}
