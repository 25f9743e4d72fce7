-- $1: schemas. Materialized views that cannot be read before they are refreshed.
select n.nspname as schema, c.relname as "table"
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'm' and not c.relispopulated and n.nspname = any ($1::name[])
order by c.oid
