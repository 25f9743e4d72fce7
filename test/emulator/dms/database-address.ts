import type { Emulator } from '../emulator.ts'
import type { DatabaseAddress } from '../replication/job-contract.ts'
import { versionAt } from '../secrets-manager/secret-record.ts'
import { findCertificate } from './certificates.ts'
import { readExtraAttributes } from './endpoint-settings.ts'
import type { EndpointRecord } from './records.ts'

/** Characters that DMS does not take in the password of a PostgreSQL endpoint, given directly or in a secret. */
const refusedInPasswords = /[;+%{}]/

const isTrue = (text: string | undefined): boolean => /^(y|yes|true|1)$/i.test(text ?? '')

interface Login {
  host: string
  port: number
  user: string
  password: string
}

function readLogin(emulator: Emulator, endpoint: EndpointRecord): Login {
  const { settings } = endpoint
  const secretId = settings.SecretsManagerSecretId
  if (secretId === undefined) {
    return {
      host: String(settings.ServerName),
      port: Number(settings.Port),
      user: String(settings.Username),
      password: String(settings.Password ?? ''),
    }
  }
  const secret = emulator.store.state.secrets.find(({ arn, name }) => arn === secretId || name === secretId)
  const value = secret && versionAt(secret, 'AWSCURRENT')?.value
  if (value === undefined) {
    throw new Error(`Unable to find Secrets Manager secret ${String(secretId)}`)
  }
  const { host, port, username, password } = JSON.parse(value) as Record<string, unknown>
  for (const [name, member] of Object.entries({ host, port, username, password })) {
    if (typeof member !== 'string' && typeof member !== 'number') {
      throw new Error(`The secret ${String(secretId)} lacks ${name}`)
    }
  }
  return { host: String(host), port: Number(port), user: String(username), password: String(password) }
}

/**
 * Where the endpoint's database is, its secret resolved as of now, and what the endpoint's settings ask for. Throws with
 * a message for the connection test where the secret is missing or the password has a character that DMS refuses.
 */
export function addressOf(emulator: Emulator, endpoint: EndpointRecord): DatabaseAddress {
  const login = readLogin(emulator, endpoint)
  if (emulator.quirks['password-characters-refused'] && refusedInPasswords.test(login.password)) {
    throw new Error('The password contains a character that is not supported: ; + % { }')
  }
  const { settings } = endpoint
  const extra = readExtraAttributes(endpoint.extraConnectionAttributes)
  const text = (setting: string): string | undefined => {
    const value = settings[setting] ?? extra.get(setting.toLowerCase())
    return value === undefined ? undefined : String(value)
  }
  const flag = (setting: string, byDefault: boolean): boolean => {
    const value = text(setting)
    return value === undefined ? byDefault : isTrue(value)
  }
  const afterConnectScript = text('AfterConnectScript')
  const slotName = text('SlotName')
  return {
    ...login,
    database: String(settings.DatabaseName),
    tls: endpoint.sslMode !== 'none',
    ...(endpoint.sslMode.startsWith('verify-') && endpoint.certificateArn !== undefined
      ? {
          tlsVerification: {
            certificate: findCertificate(emulator, endpoint.certificateArn).pem,
            host: endpoint.sslMode === 'verify-full',
          },
        }
      : {}),
    ...(afterConnectScript === undefined ? {} : { afterConnectScript }),
    ...(slotName === undefined ? {} : { slotName }),
    captureDdls: flag('CaptureDdls', true),
    failTasksOnLobTruncation: flag('FailTasksOnLobTruncation', false),
    trimSpaceInChar: flag('TrimSpaceInChar', true),
    executeTimeoutSeconds: Number(text('ExecuteTimeout') ?? 60),
    ...(flag('HeartbeatEnable', false)
      ? {
          heartbeat: {
            schema: text('HeartbeatSchema') ?? 'public',
            frequencyMinutes: Number(text('HeartbeatFrequency') ?? 5),
          },
        }
      : {}),
    ...(flag('MapUnboundedNumericAsString', false) ? { mapUnboundedNumericAsString: true } : {}),
  }
}
