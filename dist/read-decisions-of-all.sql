-- $1: migration. Its deciding row on this side, how its last cleanup ended, the other migrations of this database, and which of
-- them no cleanup has ended.
with known as (
  select migration from aurora_migration.decision union select migration from aurora_migration.plan
  union select migration from aurora_migration.journal
),
last_event as (
  select k.migration, j.event, j.detail ->> 'when' as ended
  from known k
  -- That another cleanup began since, which may have had little left to do, undoes nothing.
  left join lateral (
    select event, detail from aurora_migration.journal where migration = k.migration and event <> 'cleanup-begun' order by id desc limit 1
  ) as j on true
)
select
  (select to_jsonb(r)::text from (
    select d.side, d.phase, d.generation::text as generation,
           d.system_identifier = (select system_identifier::text from pg_control_system()) as ours
    from aurora_migration.decision d where d.migration = $1) as r) as "row",
  (select ended from last_event where migration = $1 and event = 'cleaned-up') as "cleaned",
  array(select migration from last_event where migration <> $1 order by 1) as "others",
  array(select migration from last_event where migration <> $1 and event is distinct from 'cleaned-up' order by 1) as "liveOthers"
