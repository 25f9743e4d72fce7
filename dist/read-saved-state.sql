select object, definition::text as definition from aurora_migration.saved_state
where migration = $1 and kind = $2 order by object collate "C"
