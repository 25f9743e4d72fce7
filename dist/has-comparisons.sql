select to_regclass('aurora_migration.compared_part') is not null as present
