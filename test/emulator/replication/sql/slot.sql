SELECT plugin,
       active,
       confirmed_flush_lsn::text AS confirmed,
       restart_lsn::text AS restart,
       coalesce(wal_status, '') AS wal_status
  FROM pg_replication_slots
 WHERE slot_name = $1
