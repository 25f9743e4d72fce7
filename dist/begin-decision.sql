-- A new generation on the database that is left: only from nothing, from a run that ended before its commit point, or where
-- the database was opened by the other direction. $7: the generation that was seen (0: none), $8: side, $9: direction.
insert into aurora_migration.decision as d
  (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest, evidence_id, detail, direction)
values ($1, $8, (select system_identifier::text from pg_control_system()), 1, $2, $3, 'paused', $4, $5, $6, $9)
on conflict (migration) do update
  set generation = d.generation + 1, run_id = excluded.run_id, run_attempt = excluded.run_attempt, phase = 'paused',
      plan_digest = excluded.plan_digest, evidence_id = excluded.evidence_id,
      -- Who carried the rows here is still asked for when this attempt is aborted.
      detail = jsonb_build_object('carriedBy', d.detail -> 'carriedBy') || excluded.detail,
      system_identifier = excluded.system_identifier, direction = excluded.direction, decided_at = clock_timestamp()
  -- A row of another server came with a clone or a restored copy: its phase says nothing of this one.
  where (d.phase in ('paused', 'aborted', 'opened') or d.system_identifier <> excluded.system_identifier)
    and d.side = excluded.side and d.generation = $7::bigint
returning generation::text as generation
