insert into aurora_migration.schema_line (migration, fingerprint, lines) values ($1, $2, $3)
on conflict (migration, fingerprint) do nothing
