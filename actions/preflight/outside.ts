import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Migration } from '../../shared/migration/schema.ts'
import type { DatabaseLogin } from '../../shared/postgres/session.ts'
import type { CredentialFacts } from '../../shared/preflight/credential-facts.ts'
import type { OutsideFacts } from '../../shared/preflight/inspect.ts'
import { laterOutside } from '../../shared/preflight/later-target.ts'
import { observe } from '../../shared/preflight/observe.ts'
import { readSecret } from '../../shared/secrets-manager/secrets.ts'
import { readCopy } from './copy-outside.ts'
import { readDms } from './dms-outside.ts'
import { readGitHub } from './github-outside.ts'
import type { PreflightLogins } from './logins.ts'
import { readRds } from './rds-outside.ts'

/** What is read outside the databases: RDS and what is around it, DMS, GitHub, the keys of the secrets to switch. */
export async function readOutside(
  migration: Migration,
  logins: Pick<PreflightLogins, 'source' | 'target' | 'users'>,
  secrets: SecretsManagerClient,
  run: { readonly now: Date; readonly signal: AbortSignal; readonly githubToken: string | undefined },
): Promise<Omit<OutsideFacts, keyof CredentialFacts>> {
  const { now, signal } = run
  const address = ({ host, port }: DatabaseLogin) => ({ host, port })
  const [source, target, dms, github, copy, switchSecrets] = await Promise.all([
    readRds(migration, 'source', address(logins.source), now, signal),
    logins.target === undefined
      ? laterOutside
      : readRds(migration, 'target', address(logins.target), now, signal),
    readDms(migration, signal),
    observe(() => readGitHub(migration.cutover.environment, run.githubToken)),
    observe(() => readCopy(migration, signal)),
    Promise.all(
      migration.cutover.switch.map(async ({ secret }, index) => ({
        secret,
        keys: await observe(() => secretKeys(secrets, secret, `cutover.switch[${index}].secret`)),
      })),
    ),
  ])
  return { now, users: logins.users, source, target, dms, github, copy, switchSecrets }
}

/** Keys only: values of a secret are nobody's business here. */
async function secretKeys(client: SecretsManagerClient, secret: string, field: string): Promise<string[]> {
  const value: unknown = JSON.parse((await readSecret(client, secret, field)).text)
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}
