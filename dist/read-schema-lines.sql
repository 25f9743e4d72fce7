select lines::text as lines from aurora_migration.schema_line where migration = $1 and fingerprint = $2
