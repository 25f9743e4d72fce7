insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
values ($1, 0, $2, $3, $4, $5)
