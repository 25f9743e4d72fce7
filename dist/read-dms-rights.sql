-- $1: DMS's user, $2: oids of planned tables, $3: rights needed on tables, $4: rights needed on their schemas. What is missing.
with lacking_table as (
  select n.nspname, c.relname, array_agg(p.privilege order by p.privilege) as missing,
         -- Where single columns are granted, those that are not.
         case when has_any_column_privilege($1::name, c.oid, 'SELECT') then
           array(select a.attname::text from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and not has_column_privilege($1::name, c.oid, a.attnum, 'SELECT')
                 order by a.attnum)
         end as columns
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  cross join unnest($3::text[]) as p(privilege)
  where c.oid = any ($2::oid[]) and not has_table_privilege($1::name, c.oid, p.privilege)
    -- A right on every single column is as good as on the table.
    and (p.privilege not in ('SELECT', 'INSERT', 'UPDATE') or exists (
      select from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and not has_column_privilege($1::name, c.oid, a.attnum, case when p.privilege in ('SELECT', 'INSERT', 'UPDATE') then p.privilege else 'SELECT' end)))
  group by n.nspname, c.relname, c.oid
),
lacking_schema as (
  select n.nspname, array_agg(p.privilege order by p.privilege) as missing
  from pg_namespace n
  cross join unnest($4::text[]) as p(privilege)
  where n.oid in (select c.relnamespace from pg_class c where c.oid = any ($2::oid[])) and not has_schema_privilege($1::name, n.oid, p.privilege)
  group by 1
)
select
  (select coalesce(json_agg(json_build_object('schema', nspname, 'table', relname, 'missing', missing, 'columns', coalesce(columns, '{}')) order by nspname collate "C", relname collate "C"), '[]') from lacking_table) as tables,
  (select coalesce(json_agg(json_build_object('schema', nspname, 'missing', missing) order by nspname collate "C"), '[]') from lacking_schema) as schemas,
  has_database_privilege($1::name, current_database(), 'connect') as "mayConnect"
