-- $1 migration, $2 and $3 schemas and names of the plan's tables. What differs from the marks of before the load, in one
-- look; a table that is as it was gives nothing. Times are milliseconds since the epoch by the source's clock.
with here as (
  select t.schema, t.name, format('%I.%I', t.schema, t.name) as object,
         coalesce((select pg_relation_filenode(c.oid)
                   from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where n.nspname = t.schema and c.relname = t.name), 0)::text as mark
  from unnest($2::text[], $3::text[]) as t (schema, name)
),
large as (
  select (select count(*) from pg_largeobject_metadata)::text as count,
         coalesce((select max(oid)::text from pg_largeobject_metadata), '') as newest,
         (pg_stat_get_tuples_inserted(2613) + pg_stat_get_tuples_updated(2613) + pg_stat_get_tuples_deleted(2613))::text as changes,
         coalesce((select stats_reset::text from pg_stat_database where datname = current_database()), '') as reset
)
select json_build_object(
  'tables', (
    select coalesce(json_agg(json_build_object(
        'schema', h.schema, 'table', h.name, 'mark', h.mark,
        'recordedAt', extract(epoch from b.recorded_at)::float8 * 1000,
        'seenAt', extract(epoch from d.seen_at)::float8 * 1000) order by h.schema, h.name), '[]')
    from here h
    left join aurora_migration.load_baseline b
      on b.migration = $1 and b.kind = 'table' and b.object = h.object
    left join aurora_migration.doubt d
      on d.migration = $1 and d.kind = 'table' and d.object = h.object and d.mark = h.mark
    where b.mark is distinct from h.mark),
  'backlogs', (
    select coalesce(json_agg(json_build_object('schema', h.schema, 'table', h.name, 'changes', d.mark,
        'seenAt', extract(epoch from d.seen_at)::float8 * 1000)), '[]')
    from aurora_migration.doubt d
    join here h on h.object = d.object
    where d.migration = $1 and d.kind = 'backlog'),
  'largeObjects', (
    select json_build_object('count', l.count, 'newest', l.newest, 'changes', l.changes, 'reset', l.reset) from large l),
  'largeObjectsBefore', (
    select b.mark::json from aurora_migration.load_baseline b
    where b.migration = $1 and b.kind = 'large-objects')
)::text as uncarried
