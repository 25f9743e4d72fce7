-- $1: migration, $2: plan digest, $3: what is asked, $4: run, $5: attempt, $6: id for a new one, $7: oldest that is gone on with,
-- in ms. Goes on with the comparison of the same things that is under way, or begins one.
with under_way as (
  select id, started_at from aurora_migration.comparison
  where migration = $1 and plan_digest = $2 and asked = $3::jsonb and state = 'running'
    and started_at > clock_timestamp() - $7::float8 * interval '1 millisecond'
  order by started_at desc
  limit 1
),
begun as (
  insert into aurora_migration.comparison (id, migration, plan_digest, asked, run_id, run_attempt)
  select $6::uuid, $1, $2, $3::jsonb, $4, $5::integer where not exists (select from under_way)
  returning id, started_at
)
select id::text as id, floor(extract(epoch from started_at) * 1000)::float8 as "startedAt", resumed
from (select id, started_at, true as resumed from under_way union all select id, started_at, false from begun) as either
