-- $1: oids of planned tables and the partitioned ones above them. Their foreign keys to tables outside.
select n.nspname as schema, c.relname as "table", k.conname as constraint, format('%I.%I', m.nspname, o.relname) as other
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class o on o.oid = k.confrelid
join pg_namespace m on m.oid = o.relnamespace
where k.contype = 'f' and k.conrelid = any ($1::oid[]) and k.confrelid <> all ($1::oid[])
order by n.nspname collate "C", c.relname collate "C", k.conname collate "C"
