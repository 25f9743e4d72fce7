select
  current_setting('server_version_num')::integer as "versionNumber",
  d.datname as database,
  pg_get_userbyid(d.datdba) as "databaseOwner",
  pg_is_in_recovery() as "inRecovery",
  (select system_identifier::text from pg_control_system()) as "systemIdentifier",
  pg_encoding_to_char(d.encoding) as encoding,
  d.datcollate as collation,
  (select json_object_agg(s.name, s.setting) from pg_settings s where s.name in (
     'wal_level', 'max_replication_slots', 'max_wal_senders', 'wal_sender_timeout', 'max_slot_wal_keep_size', 'fsync',
     'max_locks_per_transaction', 'max_connections', 'max_prepared_transactions', 'session_replication_role')) as settings,
  (select coalesce(json_agg(json_build_object(
     'name', r.slot_name, 'plugin', r.plugin, 'database', r.database, 'active', r.active,
     'retainedBytes', case when not pg_is_in_recovery() then pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn)::text end) order by r.slot_name), '[]')
   from pg_replication_slots r) as slots,
  (select count(*)::integer from pg_stat_activity a where a.backend_type = 'walsender') as "walSenders"
from pg_database d
where d.datname = current_database()
