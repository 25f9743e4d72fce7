-- $1: role names, existing or not.
with recursive membership (member, role) as (
  select m.member, m.roleid from pg_auth_members m
  union
  select c.member, m.roleid from membership c join pg_auth_members m on m.member = c.role
)
select w.name, r.oid is not null as exists, coalesce(r.rolcanlogin, false) as "canLogin", coalesce(r.rolsuper, false) as superuser,
       coalesce(r.rolreplication, false) as replication, coalesce(r.rolbypassrls, false) as "bypassRls",
       array(select pg_get_userbyid(m.role)::text from membership m where m.member = r.oid order by 1) as "memberOf"
from unnest($1::text[]) as w(name)
left join pg_roles r on r.rolname = w.name
