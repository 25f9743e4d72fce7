-- $1: relation oids. Login roles, no superusers, that could write any of them: by the table, by a column, by ownership, by membership.
select r.rolname as role,
       count(*)::integer as tables,
       (count(*) filter (where pg_has_role(r.oid, c.relowner, 'usage')))::integer as owns,
       coalesce(pg_has_role(r.oid, (select a.oid from pg_roles a where a.rolname = 'pg_write_all_data'), 'usage'), false) as "writesAllData"
from pg_roles r
cross join pg_class c
where c.oid = any ($1::oid[]) and r.rolcanlogin and not r.rolsuper
  and (has_table_privilege(r.oid, c.oid, 'insert, update, delete, truncate') or has_any_column_privilege(r.oid, c.oid, 'insert, update'))
group by r.oid, r.rolname
order by r.rolname collate "C"
