-- $1: migration, $2: plan digest. What the last finished comparison of each table found, and when it began.
select distinct on (t.schema, t."table") t.schema, t."table", t.found, c.id::text as comparison,
       floor(extract(epoch from c.started_at) * 1000)::float8 as "startedAt"
from aurora_migration.comparison c
cross join lateral jsonb_to_recordset(c.result -> 'tables') as t(schema text, "table" text, found text)
where c.migration = $1 and c.plan_digest = $2 and c.state <> 'running' and t.found <> 'skipped'
order by t.schema, t."table", c.started_at desc
