-- $1: marker tables, $2: DMS's user here, $3: rights that it needs on them, $4: schema of DMS's control tables or null. What is there of the control schema.
select
  obj_description(to_regnamespace('aurora_migration'), 'pg_namespace') as "schemaMark",
  array(
    select m::text from unnest($1::name[]) as m
    where to_regclass(format('aurora_migration_markers.%I', m)) is null
    order by 1
  ) as "missingMarkers",
  -- Rights that it has by another role do not count: they may end, and a run that was ended here must end like any other.
  array(
    select m::text from unnest($1::name[]) as m
    where not exists (
      select from pg_class c cross join lateral aclexplode(c.relacl) as a
      where c.oid = to_regclass(format('aurora_migration_markers.%I', m))
        and a.grantee = quote_ident($2::name::text)::regrole and a.privilege_type = upper($3)
    ) or not exists (
      select from pg_namespace n cross join lateral aclexplode(n.nspacl) as a
      where n.nspname = 'aurora_migration_markers' and a.grantee = quote_ident($2::name::text)::regrole and a.privilege_type = 'USAGE'
    )
    order by 1
  ) as "closedMarkers",
  coalesce($4::text is null or (
    has_schema_privilege($2::name, to_regnamespace($4)::oid, 'usage') and has_schema_privilege($2::name, to_regnamespace($4)::oid, 'create')
  ), false) as "controlTablesOpen",
  (select system_identifier::text from pg_control_system()) as "systemIdentifier"
