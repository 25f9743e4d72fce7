-- $1: JSON array of {schema, table}. Those that hold at least one row. A table without a page is empty without looking;
-- of the others one row is looked for, all in this one statement.
with candidate as materialized (
  -- Materialized: the planner would look into tables first, and into those that are not there.
  select n.nspname, c.relname
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table" and c.relkind = 'r'
  where pg_relation_size(c.oid) > 0
)
select nspname as schema, relname as "table"
from candidate
where query_to_xml(format('select 1 from only %I.%I limit 1', nspname, relname), true, true, '')::text <> ''
order by nspname collate "C", relname collate "C"
