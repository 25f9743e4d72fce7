-- $1: migration, $2: plan digest. What the last finished comparison of each table found, and when it began. One that could not
-- settle a table says nothing of it: what was found before stands. Differences stand whatever plan they were found under; equal
-- under another plan, which may compare less, says only that they have gone.
select schema, "table", found, comparison, "startedAt"
from (
  select distinct on (t.schema, t."table") t.schema, t."table", t.found, c.id::text as comparison, c.plan_digest,
         -- Not cut to milliseconds: a doubt that was noted right before must be the older one.
         extract(epoch from c.started_at)::float8 * 1000 as "startedAt"
  from aurora_migration.comparison c
  cross join lateral jsonb_to_recordset(c.result -> 'tables') as t(schema text, "table" text, found text)
  where c.migration = $1 and c.state <> 'running' and t.found in ('equal', 'different')
  order by t.schema, t."table", c.started_at desc
) as latest
where plan_digest = $2 or found = 'different'
