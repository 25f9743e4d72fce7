-- The target's row follows the source's: from guarded to opened, once.
update aurora_migration.decision
   set phase = 'opened', generation = $2::bigint, run_id = $3, run_attempt = $4, plan_digest = $5, decided_at = clock_timestamp()
 where migration = $1 and side = 'target' and phase = 'guarded'
returning phase
