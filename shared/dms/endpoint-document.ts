import type { Migration } from '../migration/schema.ts'

/** Where DMS finds the login: in a secret that it reads itself, or in what it is told once. */
export type EndpointCredentials =
  | { readonly secret: string; readonly accessRole: string }
  | {
      readonly host: string
      readonly port: number
      readonly user: string
      readonly password: string
      /** Version of the secret that they are from. */
      readonly version?: string | undefined
    }

/** Everything that we say about an endpoint, as CreateEndpoint takes it and DescribeEndpoints gives it back. */
export interface EndpointDocument {
  readonly EndpointType: 'source' | 'target'
  readonly EngineName: 'postgres' | 'aurora-postgresql'
  readonly SslMode: 'none' | 'require' | 'verify-ca' | 'verify-full'
  readonly CertificateArn?: string
  readonly ExtraConnectionAttributes: string
  readonly DatabaseName?: string
  readonly ServerName?: string
  readonly Port?: number
  readonly Username?: string
  readonly PostgreSQLSettings: {
    readonly SecretsManagerSecretId?: string
    readonly SecretsManagerAccessRoleArn?: string
    readonly DatabaseName: string
    readonly MapBooleanAsBoolean: boolean
    readonly TrimSpaceInChar: boolean
    readonly ExecuteTimeout: number
    readonly AfterConnectScript?: string
    readonly CaptureDdls?: boolean
    readonly FailTasksOnLobTruncation?: boolean
    readonly HeartbeatEnable?: boolean
    readonly HeartbeatSchema?: string
    readonly HeartbeatFrequency?: number
    readonly PluginName?: 'test-decoding'
    readonly SlotName?: string
  }
}

/** An endpoint to be made; the password is never given back by DMS, and never compared. */
export interface NewEndpoint {
  readonly document: EndpointDocument
  readonly password?: string
  /** Version of the secret that host, user and password are from: it tells a later run whether they may be others now. */
  readonly secretVersion?: string | undefined
}

export interface EndpointFacts {
  readonly side: 'source' | 'target'
  /** Name of the database. */
  readonly database: string
  readonly credentials: EndpointCredentials
  /** Slot that is there already; null where DMS makes its own. */
  readonly slot: string | null
}

/**
 * The endpoint of one side as the migration file asks for it (API: CreateEndpoint, PostgreSQLSettings). Schema changes
 * are not captured: drift refuses the cutover instead. The heartbeat is off unless the file asks for it: its table
 * needs a right to create on the source, and the markers move the slot while a migration is watched.
 */
export function endpointDocument(migration: Migration, facts: EndpointFacts): NewEndpoint {
  const { side } = facts
  return endpointBase(migration, {
    ...facts,
    type: side,
    executeTimeoutMs: migration.dms[side]['execute-timeout'],
    settings: {
      ...(side === 'source' ? readerSettings(migration.dms.source.heartbeat, facts.slot) : {}),
      ...script(migration, side),
    },
  })
}

/** What all endpoints have in common. `side` is the database of the plan that it is for, `type` what DMS does there. */
export function endpointBase(
  migration: Migration,
  facts: {
    readonly side: 'source' | 'target'
    readonly type: 'source' | 'target'
    readonly database: string
    readonly credentials: EndpointCredentials
    readonly executeTimeoutMs: number
    readonly settings: Partial<EndpointDocument['PostgreSQLSettings']>
  },
): NewEndpoint {
  const { database, credentials } = facts
  const { certificate } = migration.dms
  const named = 'secret' in credentials
  return {
    document: {
      EndpointType: facts.type,
      EngineName: migration[facts.side]['rds-cluster'] === undefined ? 'postgres' : 'aurora-postgresql',
      SslMode: migration.dms['ssl-mode'],
      ...(certificate === undefined ? {} : { CertificateArn: certificate }),
      // Without it DMS rounds numeric columns that have no precision to six decimals (User Guide, PostgreSQL source);
      // it must be the same on both endpoints.
      ExtraConnectionAttributes: 'MapUnboundedNumericAsString=true',
      ...(named
        ? {}
        : {
            DatabaseName: database,
            ServerName: credentials.host,
            Port: credentials.port,
            Username: credentials.user,
          }),
      PostgreSQLSettings: {
        ...(named
          ? {
              SecretsManagerSecretId: credentials.secret,
              SecretsManagerAccessRoleArn: credentials.accessRole,
            }
          : {}),
        DatabaseName: database,
        MapBooleanAsBoolean: true,
        TrimSpaceInChar: false,
        // Seconds.
        ExecuteTimeout: Math.ceil(facts.executeTimeoutMs / 1000),
        ...facts.settings,
      },
    },
    ...(named ? {} : { password: credentials.password, secretVersion: credentials.version }),
  }
}

/** How changes are read. `slot`: one that is there already; null where DMS makes its own. */
export function readerSettings(
  heartbeat: Migration['dms']['source']['heartbeat'],
  slot: string | null,
): Partial<EndpointDocument['PostgreSQLSettings']> {
  return {
    CaptureDdls: false,
    FailTasksOnLobTruncation: true,
    HeartbeatEnable: heartbeat !== undefined,
    ...(heartbeat === undefined
      ? {}
      : { HeartbeatSchema: heartbeat.schema, HeartbeatFrequency: heartbeat['every-minutes'] }),
    PluginName: 'test-decoding',
    ...(slot === null ? {} : { SlotName: slot }),
  }
}

/** What DMS runs in every new session: our own part first, then the file's. */
function script(migration: Migration, side: 'source' | 'target'): { AfterConnectScript?: string } {
  const own =
    side === 'target' && migration['during-load']['replica-role'] === 'endpoint'
      ? ['SET session_replication_role = replica']
      : []
  const text = [...own, ...[migration.dms[side]['after-connect'] ?? []].flat()].join('; ')
  return text === '' ? {} : { AfterConnectScript: text }
}
