import { z } from 'zod'
import { invalidCombination, invalidValue } from '../protocol/aws-error.ts'
import type { EndpointRecord, PostgresSettings } from './records.ts'

/** PostgreSQLSettings as the API has them (SDK 3.1124.0), restricted to what a PostgreSQL endpoint may say. */
export const postgresSettingsSchema = z.strictObject({
  AfterConnectScript: z.string().optional(),
  CaptureDdls: z.boolean().optional(),
  MaxFileSize: z.number().optional(),
  DatabaseName: z.string().optional(),
  DdlArtifactsSchema: z.string().optional(),
  ExecuteTimeout: z.number().optional(),
  FailTasksOnLobTruncation: z.boolean().optional(),
  HeartbeatEnable: z.boolean().optional(),
  HeartbeatSchema: z.string().optional(),
  HeartbeatFrequency: z.number().optional(),
  Password: z.string().optional(),
  Port: z.number().int().optional(),
  ServerName: z.string().optional(),
  Username: z.string().optional(),
  SlotName: z.string().optional(),
  PluginName: z.enum(['no-preference', 'test-decoding', 'pglogical']).optional(),
  SecretsManagerAccessRoleArn: z.string().optional(),
  SecretsManagerSecretId: z.string().optional(),
  TrimSpaceInChar: z.boolean().optional(),
  MapBooleanAsBoolean: z.boolean().optional(),
  MapJsonbAsClob: z.boolean().optional(),
  MapLongVarcharAs: z.enum(['wstring', 'clob', 'nclob']).optional(),
  DatabaseMode: z.enum(['default', 'babelfish']).optional(),
  BabelfishDatabaseName: z.string().optional(),
  DisableUnicodeSourceFilter: z.boolean().optional(),
  ServiceAccessRoleArn: z.string().optional(),
  AuthenticationMethod: z.enum(['password', 'iam']).optional(),
})

/** What an endpoint says of its database, both in the request's own members and in PostgreSQLSettings. */
export const endpointSettingsInput = {
  Username: z.string().optional(),
  Password: z.string().optional(),
  ServerName: z.string().optional(),
  Port: z.number().int().optional(),
  DatabaseName: z.string().optional(),
  PostgreSQLSettings: postgresSettingsSchema.optional(),
}

const settingsSchema = z.strictObject(endpointSettingsInput)

/** The settings that a request carries, PostgreSQLSettings winning over the request's own members. */
export function givenSettings(input: z.output<typeof settingsSchema>): PostgresSettings {
  const { PostgreSQLSettings, ...members } = input
  return Object.fromEntries(
    [...Object.entries(members), ...Object.entries(PostgreSQLSettings ?? {})].filter(
      (entry): entry is [string, string | number | boolean] => entry[1] !== undefined,
    ),
  )
}

/** Throws where the settings contradict each other or say too little to connect. */
export function demandUsable(settings: PostgresSettings, extraAttributes: string | undefined): void {
  const direct = ['Username', 'Password', 'ServerName', 'Port'].filter((name) => settings[name] !== undefined)
  if (settings.SecretsManagerSecretId !== undefined) {
    if (direct.length > 0) {
      throw invalidCombination(
        `SecretsManagerSecretId cannot be given together with ${direct.join(', ')}: choose clear-text values or the secret.`,
      )
    }
    if (settings.SecretsManagerAccessRoleArn === undefined) {
      throw invalidCombination('SecretsManagerAccessRoleArn is required with SecretsManagerSecretId.')
    }
  } else {
    const missing = ['Username', 'ServerName', 'Port'].filter((name) => settings[name] === undefined)
    if (missing.length > 0)
      throw invalidCombination(`${missing.join(', ')} must be provided for this endpoint.`)
  }
  if (settings.DatabaseName === undefined)
    throw invalidCombination('DatabaseName must be provided for this endpoint.')
  if (settings.AuthenticationMethod === 'iam') {
    throw invalidValue(
      'The emulator has no IAM database authentication: AuthenticationMethod must be password.',
    )
  }
  const plugin = settings.PluginName ?? readExtraAttributes(extraAttributes).get('pluginname')
  if (String(plugin).toLowerCase() === 'pglogical') {
    throw invalidValue(
      'The emulator captures with test_decoding only: PluginName pglogical is not available.',
    )
  }
}

/** `key=value;key=value`, keys without regard to case. */
export function readExtraAttributes(text: string | undefined): Map<string, string> {
  return new Map(
    (text ?? '')
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part.includes('='))
      .map((part) => {
        const split = part.indexOf('=')
        return [part.slice(0, split).trim().toLowerCase(), part.slice(split + 1).trim()]
      }),
  )
}

/** Everything but the password, as describe calls return it. */
export function describeSettings(endpoint: EndpointRecord): Record<string, unknown> {
  const { Password: _password, ...settings } = endpoint.settings
  return {
    Username: settings.Username,
    ServerName: settings.ServerName,
    Port: settings.Port,
    DatabaseName: settings.DatabaseName,
    PostgreSQLSettings: settings,
  }
}
