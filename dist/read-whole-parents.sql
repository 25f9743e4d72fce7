-- $1: JSON array of {schema, table}. Partitioned tables above them all of whose leaves are among them: a foreign key hangs on the
-- partitioned table, so a TRUNCATE must name it, and may only where it reaches no table outside the plan.
with recursive planned as (
  select c.oid
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
),
above (oid) as (
  select i.inhparent from planned p join pg_inherits i on i.inhrelid = p.oid
  union
  select i.inhparent from above a join pg_inherits i on i.inhrelid = a.oid
),
below (root, oid) as (
  select a.oid, i.inhrelid from above a join pg_inherits i on i.inhparent = a.oid
  union
  select b.root, i.inhrelid from below b join pg_inherits i on i.inhparent = b.oid
)
select n.nspname as schema, c.relname as "table"
from above a
join pg_class c on c.oid = a.oid and c.relkind = 'p'
join pg_namespace n on n.oid = c.relnamespace
where not exists (
  select from below b join pg_class leaf on leaf.oid = b.oid
  where b.root = a.oid and leaf.relkind <> 'p' and b.oid not in (select oid from planned)
)
order by n.nspname collate "C", c.relname collate "C"
