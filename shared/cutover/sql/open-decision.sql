-- The row of the database that is entered follows: from guarded, or from committed by an earlier cutover, to opened, once.
-- Which cutover's tasks carried the rows here is kept: the row does not say it any more.
update aurora_migration.decision
   set phase = 'opened', generation = $2::bigint, run_id = $3, run_attempt = $4, plan_digest = $5, direction = $7,
       detail = jsonb_build_object('carriedBy', case phase when 'committed' then generation::text end), decided_at = clock_timestamp()
 where migration = $1 and side = $6 and (phase = 'guarded' or (phase = 'committed' and generation < $2::bigint))
returning phase
