-- $1: LSN and $2: time of an earlier look. WAL written since.
select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)::text as bytes,
       extract(epoch from clock_timestamp())::double precision - $2::double precision as seconds
