import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { DatabaseSide, Migration } from '../migration/schema.ts'
import type { DatabaseLogin } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { maskDatabaseUrl } from '../runtime/inputs.ts'
import { readDatabaseSecret } from '../secrets-manager/secrets.ts'

export type SideName = 'source' | 'target'

/** The migration's own login of one side, from its secret or its environment variable. Masked before it is used. */
export async function sideLogin(
  migration: Migration,
  side: SideName,
  secrets: SecretsManagerClient,
): Promise<DatabaseLogin> {
  const given: DatabaseSide = migration[side]
  if (given.secret !== undefined) {
    const secret = await readDatabaseSecret(secrets, given.secret, `${side}.secret`)
    const database = given.database ?? secret.dbname
    if (database === undefined) {
      throw sideProblem(
        `${side}.database`,
        'neither the migration file nor the secret names the database',
        'Add `database:` to the side, or `dbname` to the secret.',
      )
    }
    return {
      host: secret.host,
      port: secret.port,
      database,
      user: secret.username,
      password: secret.password,
      tls: given.tls,
    }
  }
  const variable = given['url-env'] ?? ''
  const url = process.env[variable] ?? ''
  if (url === '')
    throw sideProblem(
      `${side}.url-env`,
      `the environment variable ${variable} is empty`,
      `Set it in the job: \`env: { ${variable}: \${{ secrets.${variable} }} }\`.`,
    )
  return loginOfUrl(url, `${side}.url-env`, given.tls, given.database)
}

/** A login from a postgres:// URL; masks it first. */
export function loginOfUrl(
  url: string,
  field: string,
  tls: DatabaseLogin['tls'],
  database?: string,
): DatabaseLogin {
  maskDatabaseUrl(url)
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const named = database ?? decodeURIComponent(parsed?.pathname.slice(1) ?? '')
  if (
    parsed === undefined ||
    !/^postgres(ql)?:$/u.test(parsed.protocol) ||
    parsed.hostname === '' ||
    named === ''
  ) {
    throw sideProblem(
      field,
      'the value is not a PostgreSQL URL with host and database',
      'Use postgres://user:password@host:5432/database.',
    )
  }
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    database: named,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    tls,
  }
}

function sideProblem(field: string, message: string, remedy: string): MigrationError {
  return new MigrationError('invalid-input', message, { remedy, problems: [{ field, message, remedy }] })
}
