import * as core from '@actions/core'
import { MigrationError } from './errors.ts'

/** This job's own OIDC token, for our audience. Throws `precondition` where the job may not have one. */
export async function jobIdentityToken(): Promise<string> {
  try {
    return await core.getIDToken('aurora-migration-actions')
  } catch (cause) {
    throw new MigrationError('precondition', 'this job has no identity token', {
      remedy: 'Give the job `permissions: { id-token: write, actions: read, contents: read }`.',
      cause,
    })
  }
}
