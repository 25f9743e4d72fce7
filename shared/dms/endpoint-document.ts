import type { Migration } from '../migration/schema.ts'

/** Everything that we say about an endpoint, as CreateEndpoint takes it and DescribeEndpoints gives it back. */
export interface EndpointDocument {
  readonly EndpointType: 'source' | 'target'
  readonly EngineName: 'postgres' | 'aurora-postgresql'
  readonly SslMode: 'none' | 'require'
  readonly ExtraConnectionAttributes: string
  readonly PostgreSQLSettings: {
    readonly SecretsManagerSecretId: string
    readonly SecretsManagerAccessRoleArn: string
    readonly DatabaseName: string
    readonly MapBooleanAsBoolean: boolean
    readonly TrimSpaceInChar: boolean
    readonly ExecuteTimeout: number
    readonly AfterConnectScript?: string
    readonly CaptureDdls?: boolean
    readonly FailTasksOnLobTruncation?: boolean
    readonly HeartbeatEnable?: boolean
    readonly PluginName?: 'test-decoding'
  }
}

/**
 * The endpoint of one side as the migration file asks for it (API: CreateEndpoint, PostgreSQLSettings). `database` is
 * the database's name. Schema changes are not captured: drift refuses the cutover instead. The heartbeat is off: its
 * table would need a right to create on the source, and the markers move the slot while a migration is watched.
 */
export function endpointDocument(
  migration: Migration,
  side: 'source' | 'target',
  database: string,
): EndpointDocument {
  const login = migration.dms[side]
  const mode = migration.dms['ssl-mode']
  return {
    EndpointType: side,
    EngineName: migration[side]['rds-cluster'] === undefined ? 'postgres' : 'aurora-postgresql',
    SslMode: mode === 'none' ? 'none' : 'require',
    // Without it DMS rounds numeric columns that have no precision to six decimals (User Guide, PostgreSQL source);
    // it must be the same on both endpoints.
    ExtraConnectionAttributes: 'MapUnboundedNumericAsString=true',
    PostgreSQLSettings: {
      SecretsManagerSecretId: login.secret,
      SecretsManagerAccessRoleArn: login['access-role'],
      DatabaseName: database,
      MapBooleanAsBoolean: true,
      TrimSpaceInChar: false,
      // Seconds; the default of 60 ends the reading of a large table or a validation query half way.
      ExecuteTimeout: 3600,
      ...(side === 'source'
        ? {
            CaptureDdls: false,
            FailTasksOnLobTruncation: true,
            HeartbeatEnable: false,
            PluginName: 'test-decoding' as const,
          }
        : { AfterConnectScript: 'SET session_replication_role = replica' }),
    },
  }
}
