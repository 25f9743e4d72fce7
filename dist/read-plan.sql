select plan::text as plan, stored_at::text as "storedAt" from aurora_migration.plan where migration = $1 and digest = $2
