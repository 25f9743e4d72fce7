SELECT coalesce(plugin, '') AS plugin,
       coalesce(database = current_database(), false) AS here,
       active,
       confirmed_flush_lsn::text AS confirmed,
       restart_lsn::text AS restart,
       coalesce(wal_status, '') AS wal_status
  FROM pg_replication_slots
 WHERE slot_name = $1
