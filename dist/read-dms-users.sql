-- Roles that may use the marker tables, beside their owner: those that DMS logs in as.
select distinct pg_get_userbyid(a.grantee)::text as name
from pg_namespace n
cross join lateral aclexplode(n.nspacl) as a
where n.nspname = 'aurora_migration_markers' and a.grantee not in (0, n.nspowner)
