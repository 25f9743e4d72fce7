-- $1 schema of DMS's control tables, $2 DMS's user, $3 reader. Whether what DMS makes there will be readable.
select exists (
  select from pg_default_acl d
  join pg_namespace n on n.oid = d.defaclnamespace
  cross join lateral aclexplode(d.defaclacl) as a
  where n.nspname = $1 and d.defaclrole = (select oid from pg_roles where rolname = $2)
    and d.defaclobjtype = 'r' and a.privilege_type = 'SELECT'
    and a.grantee = (select oid from pg_roles where rolname = $3)
) as open
