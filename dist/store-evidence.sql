insert into aurora_migration.evidence (id, migration, plan_digest, evidence) values ($1, $2, $3, $4)
