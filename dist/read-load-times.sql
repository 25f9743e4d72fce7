-- $1 migration, $2 and $3 schemas and names of tables. When what precedes the load of each table was recorded, in milliseconds since the epoch.
select t.schema, t."table", floor(extract(epoch from b.recorded_at) * 1000)::float8 as "recordedAt"
from unnest($2::text[], $3::text[]) as t (schema, "table")
join aurora_migration.load_baseline b
  on b.migration = $1 and b.kind = 'table' and b.object = format('%I.%I', t.schema, t."table")
