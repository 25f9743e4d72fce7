-- $1: schemas, $2: roles, $3: extensions. What of them the target has already.
select
  current_setting('server_version_num')::integer / 10000 as major,
  coalesce((
    select json_agg(json_build_object('name', n.nspname, 'own', pg_has_role(current_user, n.nspowner, 'usage'),
      'relations', (select count(*) from pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        and c.relname !~ '^awsdms_'
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')))
      order by n.nspname)
    from pg_namespace n where n.nspname = any ($1::name[])), '[]') as schemas,
  array(select r.rolname::text from pg_roles r where r.rolname = any ($2::name[])) as roles,
  -- Objects can only be given to a role that one may become.
  array(select r.rolname::text from pg_roles r where r.rolname = any ($2::name[]) and not pg_has_role(current_user, r.oid, 'member')) as strangers,
  array(select e.extname::text from pg_extension e where e.extname = any ($3::name[])) as installed,
  array(select a.name::text from pg_available_extensions a where a.name = any ($3::name[])) as available
