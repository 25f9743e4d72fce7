select s.slot_name as "slot", s.plugin, s.database, s.active, s.confirmed_flush_lsn::text as "confirmedFlushLsn",
  coalesce(s.wal_status, 'reserved') as "walStatus", s.database = current_database() as "here"
from pg_replication_slots s
where s.slot_name = any ($1)
