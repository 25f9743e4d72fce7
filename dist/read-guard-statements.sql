-- $1: roles that keep CONNECT, besides the one that asks. What raising the guard would run, in order: the kept get a grant of
-- the owner's own, everybody else loses theirs, each revoked in the name of its grantor.
with database as (
  select d.datname, d.datdba, pg_get_userbyid(d.datdba) as owner, coalesce(d.datacl, acldefault('d', d.datdba)) as acl
  from pg_database d where d.datname = current_database()
),
granted as (
  select a.grantor, a.grantee, d.datdba, d.datname, d.owner
  from database d cross join lateral aclexplode(d.acl) as a where a.privilege_type = 'CONNECT'
),
kept as (
  select r.oid, r.rolname from pg_roles r
  where (r.rolname = any ($1::name[]) or r.rolname = current_user) and not r.rolsuper
)
select 1 as step, d.owner as acting, format('grant connect on database %I to %I', d.datname, k.rolname) as statement
from kept k cross join database d
where not exists (select from granted g where g.grantee = k.oid and g.grantor = d.datdba)
union all
select case when g.grantor = g.datdba then 3 else 2 end, pg_get_userbyid(g.grantor),
       format('revoke connect on database %I from %s cascade', g.datname,
              case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end)
from granted g
where g.grantee not in (select oid from kept)
order by 1, 2, 3
