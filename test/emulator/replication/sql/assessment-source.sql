-- What a premigration assessment asks of a source server, one row.
SELECT current_setting('server_version_num')::int AS version,
       current_setting('wal_level') AS wal_level,
       current_setting('max_wal_senders')::int AS wal_senders,
       current_setting('max_replication_slots')::int AS slots,
       (SELECT count(*)::int FROM pg_replication_slots) AS slots_used,
       (SELECT setting::int FROM pg_settings WHERE name = 'wal_sender_timeout') AS wal_sender_timeout_ms,
       (SELECT setting::int FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS slot_keep_mb,
       (SELECT setting::int FROM pg_settings WHERE name = 'logical_decoding_work_mem') AS decoding_kb,
       (SELECT count(*)::int FROM pg_prepared_xacts WHERE database = current_database()) AS prepared,
       (SELECT count(*)::int
          FROM pg_stat_activity
         WHERE backend_type = 'client backend'
           AND pid <> pg_backend_pid()
           AND now() - xact_start > interval '10 minutes') AS long_transactions,
       EXISTS (SELECT FROM pg_extension WHERE extname = 'pglogical') AS pglogical,
       coalesce((SELECT evtenabled::text FROM pg_event_trigger WHERE evtname = 'awsdms_intercept_ddl'), 'A') AS ddl_trigger
