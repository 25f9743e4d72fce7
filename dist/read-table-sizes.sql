-- Size on disk of each table, TOAST and bloat included, and the estimate of its rows; null where it was never analysed.
-- $1 schemas, $2 names, pairwise.
select n.nspname as schema,
       c.relname as "table",
       pg_table_size(c.oid)::text as bytes,
       case when c.reltuples > 0 then c.reltuples end as rows
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_namespace n on n.nspname = wanted.schema
join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
