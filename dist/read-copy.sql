-- Of the whole server: a slot of any database keeps WAL.
select
  (select count(*)::int from pg_proc where proname = 'aurora_volume_logical_start_lsn') as "auroraFunctions",
  pg_is_in_recovery() as "inRecovery",
  coalesce((select array_agg(s.slot_name::text order by s.slot_name) from pg_replication_slots s
    where s.slot_type = 'logical' and not s.temporary), '{}') as "slots",
  coalesce((select array_agg(n.nspname::text order by n.nspname) from pg_namespace n
    where n.nspname in ('aurora_migration', 'aurora_migration_markers')), '{}') as "schemas",
  (select obj_description(n.oid, 'pg_namespace') from pg_namespace n where n.nspname = 'aurora_migration') as "mark"
