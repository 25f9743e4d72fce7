-- What RDS publishes as TransactionLogsDiskUsage and OldestReplicationSlotLag, in bytes; -1 without a slot.
select
  (select coalesce(sum(size), 0) from pg_ls_waldir())::text as wal_bytes,
  (select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), -1) from pg_replication_slots)::text as slot_lag_bytes
