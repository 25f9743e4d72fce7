-- Grants on relations, columns, functions, schemas and the database, without those of the owners themselves and of PostgreSQL's own roles.
with home as materialized (
  select n.oid, n.nspname, n.nspowner, n.nspacl from pg_namespace n
  where n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema'
),
extension_member as materialized (
  select d.classid, d.objid from pg_depend d where d.deptype = 'e'
),
held (object, owner, acl) as (
  select format('%s %I.%I', case c.relkind when 'S' then 'sequence' else 'table' end, h.nspname, c.relname), c.relowner, c.relacl
  from pg_class c join home h on h.oid = c.relnamespace
  where c.relacl is not null and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relname !~ '^awsdms_'
    and not exists (select from extension_member e where e.classid = 'pg_class'::regclass and e.objid = c.oid)
  union all
  select format('column %I.%I.%I', h.nspname, c.relname, a.attname), c.relowner, a.attacl
  from pg_attribute a join pg_class c on c.oid = a.attrelid join home h on h.oid = c.relnamespace
  where a.attacl is not null and not a.attisdropped
  union all
  select format('function %I.%I(%s)', h.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.proowner,
         -- Without a list of its own everybody may execute it: the same as one that says so.
         coalesce(p.proacl, acldefault('f', p.proowner))
  from pg_proc p join home h on h.oid = p.pronamespace
  where not exists (select from extension_member e where e.classid = 'pg_proc'::regclass and e.objid = p.oid)
  union all
  select format('schema %I', h.nspname), h.nspowner, h.nspacl from home h where h.nspacl is not null
)
select held.object, array_agg(grantee || ': ' || privileges order by grantee collate "C") as grants
from (
  select h.object, coalesce(r.rolname, 'PUBLIC')::text as grantee,
         string_agg(a.privilege_type || case when a.is_grantable then ' WITH GRANT OPTION' else '' end, ', ' order by a.privilege_type) as privileges
  from held h
  cross join lateral aclexplode(h.acl) as a
  left join pg_roles r on r.oid = a.grantee
  -- MAINTAIN is known since PostgreSQL 17 only.
  where a.grantee <> h.owner and coalesce(r.rolname, '') !~ '^pg_' and a.privilege_type <> 'MAINTAIN' and (a.grantee = 0 or r.oid is not null)
  group by 1, 2
) as held
group by held.object
order by held.object collate "C"
