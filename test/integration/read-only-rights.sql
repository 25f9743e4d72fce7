-- Every right in this database outside the catalogue and ours, per grantor, and the database's own settings.
select 'table ' || c.oid::regclass as what, pg_get_userbyid(a.grantor) as grantor, coalesce(r.rolname, 'public') as grantee, a.privilege_type as privilege, a.is_grantable as grantable
from pg_class c cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as a left join pg_roles r on r.oid = a.grantee
where c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'aurora_migration', 'pg_toast') and c.relkind in ('r', 'p')
union all
select format('column %s.%s', att.attrelid::regclass, att.attname), pg_get_userbyid(a.grantor), coalesce(r.rolname, 'public'), a.privilege_type, a.is_grantable
from pg_attribute att cross join lateral aclexplode(att.attacl) as a left join pg_roles r on r.oid = a.grantee
join pg_class c on c.oid = att.attrelid
where c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'aurora_migration')
union all
select 'schema ' || n.nspname, pg_get_userbyid(a.grantor), coalesce(r.rolname, 'public'), a.privilege_type, a.is_grantable
from pg_namespace n cross join lateral aclexplode(n.nspacl) as a left join pg_roles r on r.oid = a.grantee
where n.nspname in ('shop', 'public')
union all
select 'database', pg_get_userbyid(a.grantor), coalesce(r.rolname, 'public'), a.privilege_type, a.is_grantable
from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a left join pg_roles r on r.oid = a.grantee
where d.datname = current_database()
union all
select 'setting', '', '', unnest(s.setconfig), false from pg_db_role_setting s
where s.setdatabase = (select oid from pg_database where datname = current_database()) and s.setrole = 0
order by 1, 2, 3, 4, 5
