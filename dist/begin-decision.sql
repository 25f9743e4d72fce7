-- A new generation, only from nothing, or from a run that ended before its commit point. $7: the generation that was seen (0: none).
insert into aurora_migration.decision as d
  (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest, evidence_id, detail)
values ($1, 'source', (select system_identifier::text from pg_control_system()), 1, $2, $3, 'paused', $4, $5, $6)
on conflict (migration) do update
  set generation = d.generation + 1, run_id = excluded.run_id, run_attempt = excluded.run_attempt, phase = 'paused',
      plan_digest = excluded.plan_digest, evidence_id = excluded.evidence_id, detail = excluded.detail,
      system_identifier = excluded.system_identifier, decided_at = clock_timestamp()
  -- A row of another server came with a clone or a restored copy: its phase says nothing of this one.
  where (d.phase in ('paused', 'aborted') or d.system_identifier <> excluded.system_identifier) and d.generation = $7::bigint
returning generation::text as generation
