import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Migration } from '../../shared/migration/schema.ts'
import type { DatabaseLogin } from '../../shared/postgres/session.ts'
import type { CredentialFacts } from '../../shared/preflight/credential-facts.ts'
import type { OutsideFacts } from '../../shared/preflight/inspect.ts'
import { laterOutside } from '../../shared/preflight/later-target.ts'
import { observe } from '../../shared/preflight/observe.ts'
import { readCopy } from './copy-outside.ts'
import { readDms } from './dms-outside.ts'
import { readGitHub } from './github-outside.ts'
import type { PreflightLogins } from './logins.ts'
import { readRds } from './rds-outside.ts'
import { readSwitchTargets } from './switch-targets.ts'

/** What is read outside the databases: RDS and what is around it, DMS, GitHub, what the switch rewrites. */
export async function readOutside(
  migration: Migration,
  logins: Pick<PreflightLogins, 'source' | 'target' | 'users'>,
  secrets: SecretsManagerClient,
  run: { readonly now: Date; readonly signal: AbortSignal; readonly githubToken: string | undefined },
): Promise<Omit<OutsideFacts, keyof CredentialFacts>> {
  const { now, signal } = run
  const address = ({ host, port }: DatabaseLogin) => ({ host, port })
  const [source, target, dms, github, copy, switchTargets] = await Promise.all([
    readRds(migration, 'source', address(logins.source), now, signal),
    logins.target === undefined
      ? laterOutside
      : readRds(migration, 'target', address(logins.target), now, signal),
    readDms(migration, signal),
    observe(() => readGitHub(migration.cutover.environment, run.githubToken)),
    observe(() => readCopy(migration, signal)),
    readSwitchTargets(migration, secrets, signal),
  ])
  return { now, users: logins.users, source, target, dms, github, copy, switchTargets }
}
