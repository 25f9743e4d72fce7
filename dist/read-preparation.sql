-- $1: marker tables, $2: DMS's user here, $3: rights that it needs on them, $4: schema of DMS's control tables or null. What is there of the control schema.
select
  obj_description(to_regnamespace('aurora_migration'), 'pg_namespace') as "schemaMark",
  array(
    select m::text from unnest($1::name[]) as m
    where to_regclass(format('aurora_migration_markers.%I', m)) is null
    order by 1
  ) as "missingMarkers",
  array(
    select m::text from unnest($1::name[]) as m
    where not coalesce(has_table_privilege($2::name, to_regclass(format('aurora_migration_markers.%I', m))::oid, $3), false)
       or not coalesce(has_schema_privilege($2::name, to_regnamespace('aurora_migration_markers')::oid, 'usage'), false)
    order by 1
  ) as "closedMarkers",
  coalesce($4::text is null or (
    has_schema_privilege($2::name, to_regnamespace($4)::oid, 'usage') and has_schema_privilege($2::name, to_regnamespace($4)::oid, 'create')
  ), false) as "controlTablesOpen",
  (select system_identifier::text from pg_control_system()) as "systemIdentifier"
