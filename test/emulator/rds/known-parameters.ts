/** Parameters that matter to a migration, with RDS's name, default and whether a change needs a reboot. */
export interface KnownParameter {
  readonly name: string
  readonly value?: string
  readonly applyType: 'static' | 'dynamic'
  readonly dataType: 'boolean' | 'integer' | 'string'
  /** Aurora keeps these in the cluster's group, RDS in the instance's; others are in both. */
  readonly auroraClusterOnly?: boolean
  /** What it sets on a server that is attached; without it, a value is only remembered. */
  readonly acts?: (value: string) => Readonly<Record<string, string>>
}

/** RDS and PostgreSQL have the same name, and the same unit. */
const asIs =
  (name: string) =>
  (value: string): Record<string, string> => ({ [name]: value })

/** From RDS's and Aurora's parameter lists; a group in the configuration may set any other name, too. */
export const knownParameters: readonly KnownParameter[] = [
  {
    name: 'rds.logical_replication',
    value: '0',
    applyType: 'static',
    dataType: 'boolean',
    auroraClusterOnly: true,
    acts: (value) => ({ wal_level: value === '1' ? 'logical' : 'replica' }),
  },
  { name: 'rds.force_ssl', value: '1', applyType: 'dynamic', dataType: 'boolean', auroraClusterOnly: true },
  {
    name: 'max_replication_slots',
    value: '20',
    applyType: 'static',
    dataType: 'integer',
    auroraClusterOnly: true,
    acts: asIs('max_replication_slots'),
  },
  {
    name: 'max_wal_senders',
    value: '20',
    applyType: 'static',
    dataType: 'integer',
    auroraClusterOnly: true,
    acts: asIs('max_wal_senders'),
  },
  { name: 'max_worker_processes', applyType: 'static', dataType: 'integer', auroraClusterOnly: true },
  {
    name: 'wal_sender_timeout',
    value: '30000',
    applyType: 'dynamic',
    dataType: 'integer',
    auroraClusterOnly: true,
    acts: asIs('wal_sender_timeout'),
  },
  { name: 'max_slot_wal_keep_size', applyType: 'dynamic', dataType: 'integer' },
  { name: 'logical_decoding_work_mem', applyType: 'dynamic', dataType: 'integer' },
  { name: 'max_connections', applyType: 'static', dataType: 'integer' },
  { name: 'shared_preload_libraries', value: 'pg_stat_statements', applyType: 'static', dataType: 'string' },
  {
    name: 'session_replication_role',
    value: 'origin',
    applyType: 'dynamic',
    dataType: 'string',
    acts: asIs('session_replication_role'),
  },
  {
    name: 'idle_in_transaction_session_timeout',
    value: '86400000',
    applyType: 'dynamic',
    dataType: 'integer',
    acts: asIs('idle_in_transaction_session_timeout'),
  },
  {
    name: 'statement_timeout',
    applyType: 'dynamic',
    dataType: 'integer',
    acts: asIs('statement_timeout'),
  },
  {
    name: 'log_connections',
    value: '0',
    applyType: 'dynamic',
    dataType: 'boolean',
    acts: asIs('log_connections'),
  },
  { name: 'synchronous_commit', value: 'on', applyType: 'dynamic', dataType: 'string' },
  { name: 'autovacuum', value: '1', applyType: 'dynamic', dataType: 'boolean', acts: asIs('autovacuum') },
  { name: 'track_commit_timestamp', applyType: 'static', dataType: 'boolean' },
]
