-- $1: JSON array of {schema, table, column}. Those that are NOT NULL now.
select w."schema", w."table", w."column"
from json_to_recordset($1::json) as w("schema" name, "table" name, "column" name)
join pg_namespace n on n.nspname = w."schema"
join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
join pg_attribute a on a.attrelid = c.oid and a.attname = w."column" and a.attnotnull
order by w."schema" collate "C", w."table" collate "C", w."column" collate "C"
