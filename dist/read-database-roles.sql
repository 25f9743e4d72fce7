-- Every role but those of PostgreSQL itself, with all that it is a member of.
with recursive membership (member, role) as (
  select m.member, m.roleid from pg_auth_members m
  union
  select c.member, m.roleid from membership c join pg_auth_members m on m.member = c.role
),
reach as (
  select m.member, array_agg(distinct pg_get_userbyid(m.role)::text) as roles from membership m group by 1
)
select r.rolname as name, r.rolcanlogin as "canLogin", r.rolsuper as superuser, r.rolreplication as replication,
       r.rolcreaterole as "createRole", r.rolcreatedb as "createDb", r.rolbypassrls as "bypassRls",
       r.rolconnlimit as "connectionLimit", coalesce(r.rolvaliduntil < now(), false) as expired,
       coalesce(reach.roles, '{}') as "memberOf"
from pg_roles r
left join reach on reach.member = r.oid
where r.rolname !~ '^pg_'
order by r.rolname collate "C"
