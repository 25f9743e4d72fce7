-- What the source tells of capture, in one look. Byte counts and LSNs as text.
select json_build_object(
  'at', extract(epoch from clock_timestamp()) * 1000,
  'walLsn', pg_current_wal_lsn()::text,
  'mayMonitor', pg_has_role(current_user, 'pg_monitor', 'usage') or (select rolsuper from pg_roles where rolname = current_user),
  'slots', (
    select coalesce(json_agg(json_build_object(
        'name', s.slot_name,
        'active', s.active,
        'confirmedLsn', s.confirmed_flush_lsn::text,
        'retainedBytes', pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::text,
        'walStatus', s.wal_status,
        'safeBytes', s.safe_wal_size::text) order by s.slot_name), '[]')
    from pg_replication_slots s
    where s.slot_type = 'logical' and s.database = current_database()),
  'longest', (
    select json_build_object('pid', a.pid, 'user', a.usename, 'application', a.application_name,
        'seconds', extract(epoch from clock_timestamp() - a.xact_start))
    from pg_stat_activity a
    where a.backend_xid is not null and a.xact_start is not null and a.pid <> pg_backend_pid()
    order by a.xact_start limit 1),
  'prepared', (
    select json_build_object('count', count(*),
        'seconds', coalesce(max(extract(epoch from clock_timestamp() - p.prepared)), 0))
    from pg_prepared_xacts p where p.database = current_database())
) as health
