-- $1: DMS's user on the target, $2: planned tables as JSON. What it lacks to write them.
select
  coalesce((
    select array_agg(distinct p.schema) from jsonb_to_recordset($2::jsonb) as p(schema text, "table" text)
    where not has_schema_privilege($1::name, p.schema, 'usage')
  ), '{}') as "schemas",
  coalesce((
    select jsonb_agg(jsonb_build_object('schema', p.schema, 'table', p."table") order by p.schema, p."table")
    from jsonb_to_recordset($2::jsonb) as p(schema text, "table" text),
      lateral (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = p.schema and c.relname = p."table") t
    where exists (
      select 1 from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as r
      where not has_table_privilege($1::name, t.oid, r)
    )
  ), '[]') as "tables"
