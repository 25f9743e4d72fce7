-- Every sequence of the application: not the migration's, not DMS's, none of an extension.
select n.nspname::text as schema, c.relname::text as sequence
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'S' and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'aurora_migration', 'aurora_migration_markers', 'aurora_migration_dms')
  and c.relname !~ '^awsdms_'
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname, c.relname
