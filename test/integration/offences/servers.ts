import { known } from '../../../shared/preflight/clean-facts.ts'
import type { Offence } from './offence.ts'
import { changed, onSide, server, setting } from './spoil.ts'

/** Servers, logins, and who else is there. */
export const offences: readonly Offence[] = [
  { code: 'source-version', object: 'server_version', change: server('source', { versionNumber: 110_022 }) },
  { code: 'target-version', object: 'server_version', change: server('target', { versionNumber: 190_001 }) },
  { code: 'server-writer', object: 'source', change: server('source', { inRecovery: true }) },
  {
    code: 'same-server',
    object: 'shop',
    change: (facts) => ({
      ...facts,
      target: {
        ...facts.target,
        address: facts.source.address,
        server: facts.source.server.known
          ? changed(facts.target.server, { systemIdentifier: facts.source.server.value.systemIdentifier })
          : facts.target.server,
      },
    }),
  },
  {
    code: 'already-migrated',
    object: 'shop',
    change: onSide('target', () => ({
      migrations: known([{ migration: 'shop', phase: 'opened', prepared: false }]),
    })),
  },
  {
    code: 'leftovers',
    object: 'public.awsdms_status',
    side: 'target',
    sql: ['create table public.awsdms_status (server_name varchar(10))'],
  },
  { code: 'source-wal-level', object: 'wal_level', change: setting('source', 'wal_level', 'replica') },
  {
    code: 'source-slots',
    object: 'max_replication_slots',
    change: setting('source', 'max_replication_slots', '1'),
  },
  {
    code: 'source-wal-senders',
    object: 'max_wal_senders',
    change: setting('source', 'max_wal_senders', '1'),
  },
  {
    code: 'source-wal-sender-timeout',
    object: 'wal_sender_timeout',
    change: setting('source', 'wal_sender_timeout', '5000'),
  },
  {
    code: 'source-slot-wal-keep',
    object: 'max_slot_wal_keep_size',
    change: setting('source', 'max_slot_wal_keep_size', '1'),
  },
  { code: 'server-durability', object: 'fsync', change: setting('source', 'fsync', 'off') },
  { code: 'encoding', object: 'shop', change: server('target', { encoding: 'LATIN1' }) },
  {
    code: 'source-lock-slots',
    object: 'max_locks_per_transaction',
    change: (facts) =>
      setting('source', 'max_connections', '1')(setting('source', 'max_locks_per_transaction', '10')(facts)),
  },
  {
    code: 'switch-secrets',
    object: 'shop/app',
    change: (facts) => ({
      ...facts,
      switchSecrets: [{ secret: 'shop/app', keys: known(['username', 'password']) }],
    }),
  },
  { code: 'source-dms-user', object: 'dms_source', sql: ['alter role dms_source noreplication'] },
  { code: 'target-dms-user', object: 'dms_target', side: 'target', sql: ['alter role dms_target nologin'] },
  {
    code: 'dms-connect',
    object: 'dms_source',
    change: onSide('source', ({ dmsRights }) => ({ dmsRights: changed(dmsRights, { mayConnect: false }) })),
  },
  {
    code: 'dms-rights',
    object: 'shop.orders (TRUNCATE)',
    side: 'target',
    sql: ['revoke truncate on shop.orders from dms_target'],
  },
  { code: 'dms-users-apart', object: 'shop.orders', sql: ['grant shop_owner to dms_source'] },
  {
    code: 'target-replica-role',
    object: 'dms_target',
    side: 'target',
    sql: ['revoke set on parameter session_replication_role from dms_target'],
  },
  { code: 'login-rights', side: 'target', sql: ['revoke pg_signal_backend from migrator'] },
  { code: 'application-roles', object: 'shop_batch', sql: ['alter role shop_batch nologin'] },
  { code: 'fence-probe', object: 'shop_batch', sql: ['revoke shop_batch from migrator'] },
  {
    code: 'target-sessions',
    object: 'reporting (psql, 2)',
    change: onSide('target', ({ activity }) => ({
      activity: changed(activity, { sessions: [{ role: 'reporting', application: 'psql', count: 2 }] }),
    })),
  },
  {
    code: 'subscriptions',
    object: 'offending_subscription',
    side: 'target',
    sql: [
      "create subscription offending_subscription connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = 'offending')",
      'alter subscription offending_subscription enable',
    ],
  },
  {
    code: 'event-triggers',
    object: 'offending_event_trigger',
    sql: [
      "create function public.offending_event() returns event_trigger language plpgsql as 'begin null; end'",
      'create event trigger offending_event_trigger on ddl_command_end execute function public.offending_event()',
    ],
  },
  {
    code: 'source-existing-slots',
    sql: ["select pg_create_logical_replication_slot('offending_slot', 'test_decoding')"],
  },
  {
    code: 'source-long-transactions',
    change: onSide('source', ({ activity }) => ({
      activity: changed(activity, {
        transactions: [{ pid: 4711, role: 'shop_batch', application: 'nightly', seconds: 86_400 }],
      }),
    })),
  },
  {
    code: 'source-prepared-transactions',
    object: 'order-4711',
    change: onSide('source', ({ activity }) => ({
      activity: changed(activity, { prepared: [{ name: 'order-4711', owner: 'shop_app', seconds: 60 }] }),
    })),
  },
]
