-- $1: relation oids. Rules of tables; the rule behind a view is none.
select n.nspname as schema, c.relname as "table", r.rulename as rule, r.ev_enabled as enabled
from pg_rewrite r
join pg_class c on c.oid = r.ev_class
join pg_namespace n on n.oid = c.relnamespace
where c.oid = any ($1::oid[]) and r.rulename <> '_RETURN' and r.ev_enabled <> 'D'
order by n.nspname collate "C", c.relname collate "C", r.rulename collate "C"
