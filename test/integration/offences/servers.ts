import type { Offence } from './offence.ts'

/** Servers, logins, and who else is there. What has neither SQL nor file is a setting of the scene's server. */
export const offences: readonly Offence[] = [
  { code: 'target-version', object: 'server_version', scene: 'copy', by: 'server' },
  { code: 'server-writer', object: 'source', scene: 'standby', by: 'server' },
  { code: 'same-server', object: 'shop', scene: 'settings', by: 'file' },
  {
    code: 'already-migrated',
    object: 'shop',
    scene: 'settings',
    sql: [
      `insert into aurora_migration.decision (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest)
       select 'shop', 'target', system_identifier::text, 1, '4711', 1, 'opened', repeat('0', 64) from pg_control_system()`,
    ],
  },
  {
    code: 'leftovers',
    object: 'public.awsdms_status',
    side: 'target',
    sql: ['create table public.awsdms_status (server_name varchar(10))'],
  },
  { code: 'source-wal-level', object: 'wal_level', scene: 'settings', by: 'server' },
  { code: 'source-slots', object: 'max_replication_slots', scene: 'settings', by: 'server' },
  { code: 'source-wal-senders', object: 'max_wal_senders', scene: 'settings', by: 'server' },
  { code: 'source-wal-sender-timeout', object: 'wal_sender_timeout', scene: 'settings', by: 'server' },
  { code: 'source-slot-wal-keep', object: 'max_slot_wal_keep_size', scene: 'settings', by: 'server' },
  { code: 'server-durability', object: 'fsync', scene: 'settings', by: 'server' },
  { code: 'encoding', object: 'latin', scene: 'copy', by: 'server' },
  {
    code: 'source-lock-slots',
    object: 'max_locks_per_transaction',
    scene: 'settings',
    sql: [
      'create table shop.offending_many (id bigint primary key) partition by range (id)',
      "do $$ begin for n in 1..200 loop execute format('create table shop.offending_many_%s partition of shop.offending_many for values from (%s) to (%s)', n, n, n + 1); end loop; end $$",
    ],
  },
  { code: 'switch-secrets', object: 'offending/batch', by: 'aws' },
  { code: 'source-dms-user', object: 'dms_source', sql: ['alter role dms_source noreplication'] },
  { code: 'target-dms-user', object: 'dms_target', side: 'target', sql: ['alter role dms_target nologin'] },
  {
    code: 'dms-connect',
    object: 'dms_target',
    scene: 'copy',
    sql: [
      'revoke connect on database latin from public',
      'grant connect on database latin to migrator, shop_app',
    ],
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
  { code: 'target-sessions', object: 'shop_app (psql, 2)', by: 'server' },
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
]
