-- $1: relation oids. Unique indexes with an expression among their keys.
select n.nspname as schema, c.relname as "table", x.relname as index, pg_get_indexdef(i.indexrelid) as definition
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class x on x.oid = i.indexrelid
where i.indrelid = any ($1::oid[]) and i.indisunique and i.indexprs is not null
order by n.nspname collate "C", c.relname collate "C", x.relname collate "C"
