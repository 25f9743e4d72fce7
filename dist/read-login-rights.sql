-- $1: owners of planned tables, $2: application roles, $3: DMS's user of this side. Rights of the session's own role. Roles that are not there are left out.
with me as (
  select r.oid, r.rolname, r.rolsuper, r.rolcreaterole from pg_roles r where r.rolname = current_user
),
dms as (
  select r.oid from pg_roles r where r.rolname = $3
)
select
  me.rolname as login,
  me.rolsuper as superuser,
  pg_has_role(me.oid, 'pg_monitor', 'usage') as monitor,
  pg_has_role(me.oid, 'pg_signal_backend', 'usage') as signal,
  has_database_privilege(me.oid, current_database(), 'create') as "createOnDatabase",
  array(
    select r.rolname::text from pg_roles r
    where (r.rolname = any ($1::name[]) or r.oid = (select datdba from pg_database where datname = current_database()))
      and not pg_has_role(me.oid, r.oid, 'usage')
    order by 1) as "ownersOutOfReach",
  array(
    select r.rolname::text from pg_roles r where r.rolname = any ($2::name[]) and not pg_has_role(me.oid, r.oid, 'member') order by 1
  ) as "applicationRolesOutOfReach",
  me.rolsuper or me.rolcreaterole as "createRole",
  me.rolsuper or exists (select from pg_auth_members m join dms on dms.oid = m.roleid where m.admin_option and pg_has_role(me.oid, m.member, 'usage')) as "adminOfDmsUser",
  me.rolsuper
    or exists (select from dms where pg_has_role(me.oid, dms.oid, 'usage'))
    or exists (select from pg_roles a where a.rolname = 'pg_read_all_data' and pg_has_role(me.oid, a.oid, 'usage')) as "readsDmsTables"
from me
