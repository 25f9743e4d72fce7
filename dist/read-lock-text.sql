-- $1: JSON array of {schema, table}. The planned tables, and the partitioned ancestors through which they are written
-- to as well, in a fixed order; as text for LOCK TABLE, and as JSON for the fence. Leaves: every partition through which
-- those ancestors lead rows, also in schemas that are not migrated; under the lock they must be what they were.
with planned as (
  select c.oid from json_to_recordset($1::json) as t("schema" name, "table" name)
  join pg_namespace n on n.nspname = t."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = t."table" and c.relkind in ('r', 'p')
),
every as (
  select oid from planned
  union
  select a.relid from planned cross join lateral pg_partition_ancestors(planned.oid) as a
),
leaf as (
  select c.oid, format('%I.%I', n.nspname, c.relname) as path
  from (
    select oid from every
    union
    select tree.relid from every cross join lateral pg_partition_tree(every.oid) as tree
  ) as one
  join pg_class c on c.oid = one.oid join pg_namespace n on n.oid = c.relnamespace
)
select coalesce(string_agg(format('only %I.%I', n.nspname, c.relname), ', ' order by n.nspname, c.relname), '') as "lockList",
       coalesce(json_agg(json_build_object('schema', n.nspname, 'table', c.relname) order by n.nspname, c.relname), '[]')::text as "fenceTables",
       (select coalesce(string_agg(leaf.oid::text || ' ' || leaf.path, ', ' order by leaf.path), '') from leaf) as identity,
       (select count(*) from planned)::int as tables
from every join pg_class c on c.oid = every.oid join pg_namespace n on n.oid = c.relnamespace
