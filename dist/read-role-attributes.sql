-- $1: roles that are needed. They, the roles that they are members of, and their members, with what CREATE ROLE says of each. No
-- passwords: the catalogue does not show them to an ordinary login, and on RDS to nobody.
with recursive upward (oid) as (
  select oid from pg_roles where rolname = any ($1::name[])
  union select m.roleid from upward u join pg_auth_members m on m.member = u.oid
),
downward (oid) as (
  select oid from pg_roles where rolname = any ($1::name[])
  union select m.member from downward d join pg_auth_members m on m.roleid = d.oid
),
chosen as (
  select r.* from pg_roles r where r.oid in (select oid from upward union select oid from downward)
    and r.rolname !~ '^(pg_|rds)' and r.rolname <> current_user
)
select c.rolname as name, c.rolname = any ($1::name[]) as needed, c.rolsuper as superuser, c.rolcanlogin as login, c.rolinherit as inherit,
       c.rolcreatedb as "createDb", c.rolcreaterole as "createRole", c.rolconnlimit as "connectionLimit",
       array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
             where m.member = c.oid and g.oid in (select oid from chosen) order by g.rolname collate "C") as "memberOf",
       coalesce((select s.setconfig from pg_db_role_setting s where s.setrole = c.oid and s.setdatabase = 0), '{}') as settings
from chosen c
order by c.rolname collate "C"
