select aurora_migration.write_markers($1::name[], $2::uuid, $3, $4)::text as lsn
