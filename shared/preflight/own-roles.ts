import type { PreflightFacts } from './facts.ts'

type Side = 'source' | 'target'

/** Logins that the migration brings itself on one side: its own and DMS's, those of the way back too. */
export function ownLogins({ users }: PreflightFacts, side: Side): ReadonlySet<string> {
  const [dms, reverse] =
    side === 'source' ? [users.dmsSource, users.reverseSource] : [users.dmsTarget, users.reverseTarget]
  return new Set([users[side], dms, ...(reverse === undefined ? [] : [reverse])])
}

/** DMS's user of the way back on one side; undefined where the file names none, or it was not read. */
export function reverseUser({ users }: PreflightFacts, side: Side): string | undefined {
  return side === 'source' ? users.reverseSource : users.reverseTarget
}

/** Roles by which AWS runs the server: `rdsadmin`, `rds_superuser`, … Nobody logs in with them. */
export function isPlatformRole(name: string): boolean {
  return name === 'rdsadmin' || name.startsWith('rds_') || name === 'rdsrepladmin' || name === 'rdstopmgr'
}
