-- PostgreSQL 14 and later: WAL since its counters were reset. Less than an hour is no average.
select w.wal_bytes::text as bytes, extract(epoch from clock_timestamp() - w.stats_reset)::double precision as seconds
from pg_stat_wal w
where w.stats_reset < clock_timestamp() - interval '1 hour'
