-- $1: JSON array of {schema, table}. Autovacuum's setting of each, as ALTER TABLE would write it; null where there is none.
select w."schema", w."table",
       (select o.option_value from pg_options_to_table(c.reloptions) as o where o.option_name = 'autovacuum_enabled') as autovacuum
from json_to_recordset($1::json) as w("schema" name, "table" name)
join pg_namespace n on n.nspname = w."schema"
join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
order by w."schema" collate "C", w."table" collate "C"
