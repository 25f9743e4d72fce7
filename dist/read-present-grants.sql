-- $1: [{schema, table, user}]: rights that were given to users of DMS, a schema where `table` is null. What takes those of them back
-- that are still there, in the name of who gave them: the owner, or this login. A role or table that is gone has none.
with wanted as (
  select distinct w."schema", w."table", w."user" from jsonb_to_recordset($1::jsonb) as w("schema" name, "table" name, "user" name)
)
select 1 as step, pg_get_userbyid(a.grantor)::text as acting,
  format('revoke %s on %I.%I from %I', string_agg(distinct lower(a.privilege_type), ', '), n.nspname, c.relname, w."user") as statement
from wanted w
join pg_namespace n on n.nspname = w."schema"
join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
cross join lateral aclexplode(c.relacl) as a
where a.grantee <> 0 and pg_get_userbyid(a.grantee) = w."user" and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
  and (a.grantor = c.relowner or pg_get_userbyid(a.grantor) = current_user)
group by a.grantor, n.nspname, c.relname, w."user"
union all
select 2, pg_get_userbyid(a.grantor)::text, format('revoke usage on schema %I from %I', n.nspname, w."user")
from wanted w
join pg_namespace n on n.nspname = w."schema"
cross join lateral aclexplode(n.nspacl) as a
where w."table" is null and a.grantee <> 0 and pg_get_userbyid(a.grantee) = w."user" and a.privilege_type = 'USAGE'
  and (a.grantor = n.nspowner or pg_get_userbyid(a.grantor) = current_user)
order by 1, 2, 3
