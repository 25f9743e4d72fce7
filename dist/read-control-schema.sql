select to_regclass('aurora_migration.decision') is not null as present
