-- The target's row of the decision: guarded until a cutover opens it. Generation 0 stands before the first cutover. A row that says
-- anything else is left, and nothing is given back.
insert into aurora_migration.decision (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest)
values ($1, 'target', (select system_identifier::text from pg_control_system()), 0, $2, $3, 'guarded', $4)
on conflict (migration) do update set plan_digest = excluded.plan_digest
  where aurora_migration.decision.phase = 'guarded' and aurora_migration.decision.side = 'target'
returning phase
