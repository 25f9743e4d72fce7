import type { Credential, Readdressed } from './address-text.ts'

/** Scheme with `://`, login with `@`, server(s), path, query. JDBC's and drivers' schemes, which URL does not take apart. */
const form = /^((?:jdbc:)?[a-z][\w+.-]*:\/\/)([^/?#]*@)?([^/?#@]*)(\/[^?#]*)?(\?[^#]*)?$/iu

/** Parameters by which libpq and JDBC would go elsewhere than the URL says (PostgreSQL documentation, 34.1.2). */
const leadingElsewhere = ['host', 'hostaddr', 'port', 'dbname', 'service']

/**
 * A database URL with another server and database; scheme, login and parameters stay as they are written, several hosts
 * become one. Pure.
 */
export function readdressUrl(
  url: string,
  server: { readonly host: string; readonly port: number },
  database: string,
): Readdressed {
  const match = form.exec(url)
  if (match === null) return { problem: 'is not a URL' }
  const [, scheme = '', login = '', , , query = ''] = match
  const elsewhere = leadingElsewhere.filter((name) => new URLSearchParams(query).has(name))
  if (elsewhere.length > 0)
    return { problem: `has the address among its parameters (${elsewhere.join(', ')}): write it before them` }
  const host = server.host.includes(':') ? `[${server.host}]` : server.host
  return { text: `${scheme}${login}${host}:${server.port}/${encodeURIComponent(database)}${query}` }
}

/** User and password of a database URL, before its server or among its parameters. Pure. */
export function urlCredential(url: string): Credential | undefined {
  const [, , login = '', , , query = ''] = form.exec(url) ?? []
  const parameters = new URLSearchParams(query)
  const colon = login.indexOf(':')
  const user = colon < 0 ? parameters.get('user') : decoded(login.slice(0, colon))
  const password = colon < 0 ? parameters.get('password') : decoded(login.slice(colon + 1, -1))
  return user === null || password === null || user === '' ? undefined : { user, password }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
