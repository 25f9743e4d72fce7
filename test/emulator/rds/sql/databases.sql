-- The databases that can be connected to, and the LSN at which the checkpoint at the end of recovery was written.
SELECT array_agg(datname::text ORDER BY datname) AS names,
       (SELECT redo_lsn::text FROM pg_control_checkpoint()) AS lsn
  FROM pg_database
 WHERE datallowconn
