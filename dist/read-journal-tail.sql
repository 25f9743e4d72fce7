-- $1: migration, $2: how many. The newest lines, the oldest of them first.
select at, event, run as "runId", generation, detail from (
  select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, event, run_id as run, generation::text as generation, detail::text as detail
  from aurora_migration.journal where migration = $1 order by id desc limit $2) as tail
order by id
