select phase, generation::text as generation from aurora_migration.decision where migration = 'shop'
