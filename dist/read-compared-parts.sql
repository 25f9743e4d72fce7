select finished::text as finished from aurora_migration.compared_part where comparison = $1::uuid order by part collate "C"
