insert into aurora_migration.plan (migration, digest, plan) values ($1, $2, $3)
on conflict (migration, digest) do nothing
