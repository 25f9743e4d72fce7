-- $1: JSON array of {schema, table}; $2: letters of tgenabled. Triggers of those tables and of the partitioned tables above them that could fire, as the
-- catalogue has them; parents first. Those of constraints are PostgreSQL's own, and not touched.
with recursive chosen (oid) as (
  select c.oid
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
  union
  select i.inhparent from chosen h join pg_inherits i on i.inhrelid = h.oid join pg_class p on p.oid = i.inhparent and p.relkind = 'p'
)
select n.nspname as schema, c.relname as "table", t.tgname as name, t.tgenabled::text as enabled
from chosen h
join pg_class c on c.oid = h.oid
join pg_namespace n on n.oid = c.relnamespace
join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled = any ($2::"char"[])
order by (select count(*) from pg_partition_ancestors(c.oid)), n.nspname collate "C", c.relname collate "C", t.tgname collate "C"
