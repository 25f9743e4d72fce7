import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { dmsAccount, sideAccount, type AwsAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import type { DatabaseSide, Migration } from '../migration/schema.ts'
import type { DatabaseLogin } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { maskDatabaseUrl } from '../runtime/inputs.ts'
import { readDatabaseSecret, type DatabaseSecret } from '../secrets-manager/secrets.ts'
import { iamPassword } from './iam-password.ts'
import { rdsAddress, type ServerAddress } from './server-address.ts'

export type SideName = 'source' | 'target'

/**
 * The migration's own login of one side: from its secret, from its environment variable, or by IAM. Masked before it is
 * used. What AWS is asked for it, it is asked in the side's own account.
 */
export async function sideLogin(
  migration: Migration,
  side: SideName,
  signal: AbortSignal = new AbortController().signal,
): Promise<DatabaseLogin> {
  const given: DatabaseSide = migration[side]
  if (given.iam !== undefined) return iamLogin(given, given.iam, side, signal)
  if (given.secret === undefined) return environmentLogin(given, side)
  const address = () => rdsAddress(given, `${side}.${serverKey(given)}`, signal)
  const secret = await secretIn(sideAccount(migration, side), given.secret, `${side}.secret`, address, signal)
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

/** What DMS logs in with on one side; its secret is where DMS is. Without an address of its own it has the side's. */
export async function dmsSecret(
  migration: Migration,
  side: SideName,
  signal: AbortSignal = new AbortController().signal,
): Promise<DatabaseSecret> {
  const address = () => sideLogin(migration, side, signal)
  return secretIn(dmsAccount(migration), migration.dms[side].secret, `dms.${side}.secret`, address, signal)
}

/** What reverse tasks log in with on one side. Throws `invalid-input` where the file has no `dms.reverse`. */
export async function reverseSecret(
  migration: Migration,
  side: SideName,
  signal: AbortSignal = new AbortController().signal,
): Promise<DatabaseSecret> {
  const field = `dms.reverse.${side}.secret`
  const login = migration.dms.reverse?.[side]
  if (login === undefined)
    throw sideProblem(
      'dms.reverse',
      'the migration file names no login for the way back',
      'Add `dms.reverse` with a secret for each side, or write `cutover: { fall-back: false }`.',
    )
  const address = () => sideLogin(migration, side, signal)
  return secretIn(dmsAccount(migration), login.secret, field, address, signal)
}

async function secretIn(
  account: AwsAccount,
  secret: string,
  field: string,
  address: () => Promise<ServerAddress | undefined>,
  signal: AbortSignal,
): Promise<DatabaseSecret> {
  const client = new SecretsManagerClient(awsClientOptions(account))
  try {
    return await readDatabaseSecret(client, secret, field, address, signal)
  } finally {
    client.destroy()
  }
}

async function iamLogin(
  side: DatabaseSide,
  iam: NonNullable<DatabaseSide['iam']>,
  name: SideName,
  signal: AbortSignal,
): Promise<DatabaseLogin> {
  const { database } = side
  const address =
    iam.host === undefined
      ? await rdsAddress(side, `${name}.${serverKey(side)}`, signal)
      : { host: iam.host, port: 5432 }
  if (address === undefined || database === undefined)
    throw sideProblem(
      `${name}.iam`,
      'host or database of the IAM login is missing',
      'Give `iam.host`, `rds-instance` or `rds-cluster`, and `database`.',
    )
  const login = { host: address.host, port: iam.port ?? address.port, user: iam.user }
  return { ...login, database, password: iamPassword(login, side.aws ?? {}), tls: 'verify-full' }
}

function environmentLogin(side: DatabaseSide, name: SideName): DatabaseLogin {
  const variable = side['url-env'] ?? ''
  const url = process.env[variable] ?? ''
  if (url === '')
    throw sideProblem(
      `${name}.url-env`,
      `the environment variable ${variable} is empty`,
      `Set it in the job: \`env: { ${variable}: \${{ secrets.${variable} }} }\`.`,
    )
  return loginOfUrl(url, `${name}.url-env`, side.tls, side.database)
}

function serverKey(side: DatabaseSide): string {
  return side['rds-instance'] === undefined ? 'rds-cluster' : 'rds-instance'
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
