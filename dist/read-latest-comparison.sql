-- $1: migration, $2: plan digest. The comparison that was begun last, with its age by the source's clock.
select id::text as id, state, asked::text as asked, result::text as result, run_id as "runId",
       extract(epoch from started_at)::float8 * 1000 as "startedAt",
       floor(extract(epoch from finished_at) * 1000)::float8 as "finishedAt",
       extract(epoch from clock_timestamp() - coalesce(finished_at, started_at))::float8 * 1000 as "ageMs"
from aurora_migration.comparison
where migration = $1 and plan_digest = $2
order by started_at desc, id
limit 1
