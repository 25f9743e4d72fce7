delete from aurora_migration.saved_state where migration = $1 and kind = $2 and object = any ($3::text[])
