-- $1: schema, $2: table, $3: name of the check. Empty where there is none.
select c.convalidated as validated
from pg_constraint c
join pg_class r on r.oid = c.conrelid
join pg_namespace n on n.oid = r.relnamespace
where n.nspname = $1 and r.relname = $2 and c.conname = $3
