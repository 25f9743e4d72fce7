-- $1: names of settings, $2: oids of planned tables. State of the server and of this database.
select
  array(select s.name::text from pg_settings s where s.pending_restart order by 1) as "pendingRestart",
  coalesce((select x.ssl from pg_stat_ssl x where x.pid = pg_backend_pid()), false) as "sessionEncrypted",
  -- reset_val is what a session begins with; the migration's own settings for itself do not show in it.
  (select coalesce(json_object_agg(s.name, s.reset_val || case when s.unit is null or s.reset_val !~ '^[1-9]' then '' else ' ' || s.unit end), '{}')
   from pg_settings s where s.name = any ($1::text[])) as defaults,
  (select coalesce(json_agg(json_build_object('name', r.slot_name, 'walStatus', to_jsonb(r) ->> 'wal_status') order by r.slot_name), '[]')
   from pg_replication_slots r) as slots,
  (select count(*)::integer from pg_stat_replication p
   where not exists (select from pg_replication_slots r where r.active_pid = p.pid and r.slot_type = 'logical')) as standbys,
  array(select e.name::text from pg_available_extensions e order by 1) as "availableExtensions",
  (select floor(extract(epoch from now() - d.stats_reset) / 86400)::integer from pg_stat_database d where d.datname = current_database()) as "countersAgeDays",
  (select age(d.datfrozenxid) from pg_database d where d.datname = current_database()) as "oldestXidAge",
  coalesce(oldest.age, 0) as "oldestTableXidAge",
  oldest.name as "oldestTable"
from (select 1) as one
left join lateral (
  select age(c.relfrozenxid) as age, format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = any ($2::oid[]) and c.relfrozenxid <> 0
  order by 1 desc limit 1
) as oldest on true
