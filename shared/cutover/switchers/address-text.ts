import type { SecretSwitch } from '../../migration/switch-schema.ts'
import type { AddressPart } from '../../migration/switch-schema.ts'
import { readdressUrl, urlCredential } from './address-url.ts'
import type { Address } from './switcher.ts'

/** How an address stands in a text: `keys` and `holds` of an entry of `cutover.switch`. */
export type AddressForm = Pick<SecretSwitch, 'keys' | 'holds'>

/** The text with another address, or why it cannot be. */
export type Readdressed = { readonly text: string } | { readonly problem: string }

export interface Credential {
  readonly user: string
  readonly password: string
}

type Json = Readonly<Record<string, unknown>>

/**
 * The text of a secret or parameter with the address replaced and all else as it is: JSON by its keys, a URL, or one part
 * of the address alone. Pure.
 */
export function readdressed(text: string, form: AddressForm, to: Address): Readdressed {
  const json = asJson(text)
  if (json !== undefined) return form.keys === undefined ? rdsJson(json, to) : keyedJson(json, form.keys, to)
  if (form.keys !== undefined) return { problem: 'is not JSON, so it has no keys' }
  return plainText(text, form.holds, to)
}

/** The login that stands beside the address, where there is one. Pure. */
export function credentialIn(text: string, form: AddressForm): Credential | undefined {
  const json = asJson(text)
  if (json === undefined) return urlCredential(text.trim())
  const { keys = {} } = form
  const user = json[keys.username ?? 'username']
  const password = json[keys.password ?? 'password']
  if (typeof user === 'string' && typeof password === 'string') return { user, password }
  const url = json[keys.url ?? keys['reader-url'] ?? '']
  return typeof url === 'string' ? urlCredential(url) : undefined
}

function asJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

/** As RDS writes it (Secrets Manager User Guide, JSON structure of database secrets). */
function rdsJson(json: Json, to: Address): Readdressed {
  const missing = ['host', 'port', 'dbname'].filter((key) => !(key in json))
  if (missing.length > 0)
    return { problem: `has no ${missing.join(', ')}; with other keys, name them by \`keys\`` }
  return {
    text: withoutServerName({
      ...json,
      host: to.host,
      port: likewise(json['port'], to.port),
      dbname: to.database,
    }),
  }
}

function keyedJson(json: Json, keys: NonNullable<AddressForm['keys']>, to: Address): Readdressed {
  const next: Record<string, unknown> = { ...json }
  const { username, password, ...parts } = keys
  for (const key of [username, password])
    if (key !== undefined && !(key in json)) return { problem: `has no key ${key}` }
  for (const [part, key] of Object.entries(parts) as [AddressPart, string | undefined][]) {
    if (key === undefined) continue
    const before = json[key]
    if (typeof before !== 'string' && typeof before !== 'number')
      return { problem: key in json ? `has no text at ${key}` : `has no key ${key}` }
    const after = partText(part, String(before), to)
    if ('problem' in after) return { problem: `${after.problem} (key ${key})` }
    next[key] = typeof before === 'number' ? Number(after.text) : after.text
  }
  return { text: withoutServerName(next) }
}

/** RDS writes the instance's or cluster's name beside the address; left as it was it would name the old one. */
function withoutServerName(json: Record<string, unknown>): string {
  delete json['dbInstanceIdentifier']
  delete json['dbClusterIdentifier']
  return JSON.stringify(json)
}

/** A port that is text stays text. */
function likewise(before: unknown, port: number): number | string {
  return typeof before === 'string' ? String(port) : port
}

const hostAlone = /^[\w.-]+$|^[\da-f:]+$/iu
const hostAndPort = /^[\w.-]+:\d{1,5}$/u

function plainText(text: string, holds: AddressPart | undefined, to: Address): Readdressed {
  const bare = text.trim()
  const around = (inner: string) => ({ text: text.replace(bare, () => inner) })
  if (holds !== undefined) {
    const after = partText(holds, bare, to)
    return 'problem' in after ? after : around(after.text)
  }
  if (bare.includes('://')) {
    const url = readdressUrl(bare, to, to.database)
    return 'problem' in url ? url : around(url.text)
  }
  if (hostAndPort.test(bare)) return around(`${to.host}:${to.port}`)
  if (hostAlone.test(bare)) return around(to.host)
  return {
    problem: 'is neither JSON nor a URL nor a host; say what it is by `keys` or `holds`, or use a command',
  }
}

function partText(part: AddressPart, before: string, to: Address): Readdressed {
  const reader = part.startsWith('reader-')
  const server = reader ? to.reader : to
  if (server === undefined)
    return {
      problem:
        'is for readers, whose address is not known: give `cutover.endpoints`, or the `rds-cluster` of that side',
    }
  switch (part) {
    case 'host':
    case 'reader-host':
      return { text: server.host }
    case 'port':
    case 'reader-port':
      return /^\d{1,5}$/u.test(before) ? { text: String(server.port) } : { problem: 'is not a port' }
    case 'database':
      return { text: to.database }
    case 'url':
    case 'reader-url':
      return readdressUrl(before, server, to.database)
  }
}
