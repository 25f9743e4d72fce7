-- Logical slots of the server, those that keep the most WAL first.
select s.slot_name::text as slot, s.active, s.active_pid as pid, coalesce(s.database = current_database(), false) as here, s.database::text as database,
  case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::text end as "walBytes"
from pg_replication_slots s
where s.slot_type = 'logical' and not s.temporary
order by case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) end desc nulls last, 1
