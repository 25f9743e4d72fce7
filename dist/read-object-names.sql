-- $1: schemas. Every object there that people would miss, by kind and name; not those of extensions, of DMS or of ours, nor what a
-- partition has from above. Runs on either side.
with chosen as (
  select n.oid, n.nspname from pg_namespace n where n.nspname = any ($1::name[])
),
relation as (
  select c.oid, c.relname, c.relkind, c.relispartition, h.nspname
  from chosen h join pg_class c on c.relnamespace = h.oid
  where c.relname !~ '^awsdms_'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)
select kind, name from (
  select case relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view'
           when 'S' then 'sequence' when 'f' then 'foreign table' else 'index' end as kind,
         format('%I.%I', nspname, relname) as name
  from relation where relkind in ('r', 'p', 'v', 'm', 'S', 'f') or (relkind in ('i', 'I') and not relispartition)
  union all
  select case k.contype when 'p' then 'primary key' when 'u' then 'unique constraint' when 'f' then 'foreign key'
           when 'x' then 'exclusion constraint' else 'check constraint' end,
         format('%I.%I.%I', r.nspname, r.relname, k.conname)
  from relation r join pg_constraint k on k.conrelid = r.oid
  where k.conparentid = 0 and k.contype in ('p', 'u', 'f', 'x', 'c') and (not r.relispartition or k.conislocal) and k.conname !~ '^aurora_migration_'
  union all
  select 'trigger', format('%I.%I.%I', r.nspname, r.relname, t.tgname)
  from relation r join pg_trigger t on t.tgrelid = r.oid
  where not t.tgisinternal and t.tgparentid = 0 and t.tgname !~ '^aurora_migration_'
  union all
  select 'policy', format('%I.%I.%I', r.nspname, r.relname, p.polname)
  from relation r join pg_policy p on p.polrelid = r.oid
  union all
  select 'function', format('%I.%I(%s)', h.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
  from chosen h join pg_proc p on p.pronamespace = h.oid
  where p.proname !~ '^awsdms_'
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  union all
  select 'type', format('%I.%I', h.nspname, t.typname)
  from chosen h join pg_type t on t.typnamespace = h.oid
  where (t.typtype in ('d', 'e', 'r') or (t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c')))
    and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
) as object
order by kind, name collate "C"
