import type { Migration } from '../migration/schema.ts'

/** Region and role of one side; what is left out is the job's own. */
export interface AwsAccount {
  readonly region?: string | undefined
  readonly role?: string | undefined
}

/** Where the server of a side stands, with its secret, its metrics and its snapshots. Pure. */
export function sideAccount(migration: Migration, side: 'source' | 'target'): AwsAccount {
  return migration[side].aws ?? {}
}

/**
 * Where DMS works, and where the secrets of its logins are: beside the target, since the source's account is often left
 * behind (and a secret of another account needs a policy and key of its own). Pure.
 */
export function dmsAccount(migration: Migration): AwsAccount {
  return sideAccount(migration, 'target')
}

/** Where the secrets are from which applications read their database. Pure. */
export function switchAccount(migration: Migration): AwsAccount {
  return sideAccount(migration, 'target')
}
