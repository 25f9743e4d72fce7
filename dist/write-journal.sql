insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
values ($1, $2::bigint, $3, $4, $5, $6)
