-- $1: relation oids. Sizes with TOAST, without indexes; counters of PostgreSQL's own statistics, and how long
-- they have counted (null where they were never reset).
select n.nspname as schema, c.relname as "table", pg_table_size(c.oid)::text as bytes,
       greatest(c.reltuples, 0)::bigint::text as rows,
       pg_stat_get_tuples_inserted(c.oid)::text as inserted,
       pg_stat_get_tuples_updated(c.oid)::text as updated,
       pg_stat_get_tuples_deleted(c.oid)::text as deleted,
       (select extract(epoch from now() - stats_reset)::bigint::text from pg_stat_database
        where datname = current_database()) as "countedSeconds"
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid = any ($1::oid[])
order by n.nspname collate "C", c.relname collate "C"
