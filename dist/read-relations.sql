-- Everything that could hold rows, outside the system's schemas, the migration's own and DMS's tables. Patterns are judged by the caller.
select
  c.oid::text as oid,
  n.nspname as schema,
  c.relname as "table",
  c.relkind as kind,
  c.relpersistence as persistence,
  c.relreplident as "replicaIdentity",
  c.relispartition as "isPartition",
  c.relrowsecurity as "rowSecurity",
  c.relforcerowsecurity as "forceRowSecurity",
  pg_get_userbyid(c.relowner) as owner,
  array(select i.inhparent::text from pg_inherits i where i.inhrelid = c.oid order by i.inhseqno) as "parentOids",
  exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as "ofExtension"
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f', 'm')
  and c.relpersistence <> 't'
  and n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema'
  and c.relname !~ '^awsdms_'
order by n.nspname collate "C", c.relname collate "C"
