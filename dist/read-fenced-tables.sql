-- $1: relation oids. Tables on which the trigger of a fence stands.
select n.nspname as schema, c.relname as "table"
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where t.tgrelid = any ($1::oid[]) and t.tgname = 'aurora_migration_fence'
order by n.nspname collate "C", c.relname collate "C"
