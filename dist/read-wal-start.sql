-- Where WAL stands now.
select pg_current_wal_insert_lsn()::text as lsn, extract(epoch from clock_timestamp())::double precision as at
