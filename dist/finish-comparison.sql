-- $1: id, $2: state, $3: result. What was kept to go on from is needed no more, nor are parts of comparisons that nobody went on with.
with finished as (
  update aurora_migration.comparison set state = $2, result = $3::jsonb, finished_at = clock_timestamp()
  where id = $1::uuid
  returning id, migration
)
delete from aurora_migration.compared_part p
using aurora_migration.comparison c, finished f
where c.id = p.comparison and c.migration = f.migration and (c.id = f.id or c.started_at < clock_timestamp() - interval '7 days')
