-- $1 migration, $2 owner, $3 and $4 schemas and names of the tables, $5 anew: also where the same owner recorded before.
-- Without it the older mark stays, which is the stricter one; for large objects, which no task loads, always.
with mark (kind, object, mark) as (
  select 'table', format('%I.%I', t.schema, t.name), coalesce(pg_relation_filenode(c.oid), 0)::text
  from unnest($3::text[], $4::text[]) as t (schema, name)
  join pg_namespace n on n.nspname = t.schema
  join pg_class c on c.relnamespace = n.oid and c.relname = t.name
  union all
  select 'large-objects', 'pg_largeobject', json_build_object(
    'count', (select count(*) from pg_largeobject_metadata)::text,
    'newest', coalesce((select max(oid)::text from pg_largeobject_metadata), ''),
    'changes', (pg_stat_get_tuples_inserted(2613) + pg_stat_get_tuples_updated(2613) + pg_stat_get_tuples_deleted(2613))::text,
    'reset', coalesce((select stats_reset::text from pg_stat_database where datname = current_database()), ''))::text
),
recorded as (
  insert into aurora_migration.load_baseline as known (migration, kind, object, mark, owner)
  select $1, kind, object, mark, case kind when 'table' then $2 else '' end from mark
  on conflict (migration, kind, object) do update
    set mark = excluded.mark, owner = excluded.owner, recorded_at = clock_timestamp()
    where known.owner <> excluded.owner or $5
  returning kind, object
)
-- A doubt about changes is one about the load before: what was compared then must not settle what is missing now.
delete from aurora_migration.doubt d using recorded r
where d.migration = $1 and d.kind = 'backlog' and r.kind = 'table' and d.object = r.object
