-- $1: oids of planned tables and the partitioned ones above them. Tables of this database beside them that are written to.
select n.nspname as schema, c.relname as "table",
       (pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid))::text as changes
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and c.oid <> all ($1::oid[])
  and n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema' and c.relname !~ '^awsdms_'
  and pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid) > 0
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 3 desc, n.nspname collate "C", c.relname collate "C"
