update aurora_migration.decision
   set phase = 'aborted', decided_at = clock_timestamp()
 where migration = $1 and side = $5 and phase = 'paused' and generation = $2::bigint and run_id = $3 and run_attempt = $4
returning generation::text as generation
