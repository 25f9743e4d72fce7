-- $1: JSON array of {schema, table}: everything that one TRUNCATE names. Foreign keys of other tables that point to them, which
-- PostgreSQL lets no TRUNCATE pass.
with named as (
  select c.oid
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
)
select n.nspname as schema, c.relname as "table", k.conname as name, min(k.confrelid::regclass::text) as target
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f' and k.confrelid in (select oid from named) and k.conrelid not in (select oid from named)
group by n.nspname, c.relname, k.conname
order by n.nspname collate "C", c.relname collate "C", k.conname collate "C"
