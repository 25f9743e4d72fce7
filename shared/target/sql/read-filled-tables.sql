-- $1: JSON array of {schema, table}. Those that hold at least one row. A table without a page is empty without looking;
-- of the others one row is looked for, all in this one statement.
select w."schema", w."table"
from json_to_recordset($1::json) as w("schema" name, "table" name)
join pg_namespace n on n.nspname = w."schema"
join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
where pg_relation_size(c.oid) > 0
  and query_to_xml(format('select 1 from only %I.%I limit 1', w."schema", w."table"), true, true, '')::text <> ''
order by w."schema" collate "C", w."table" collate "C"
