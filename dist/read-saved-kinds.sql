-- $1: migration. What is saved of it on this side, by kind.
select kind, count(*)::int as count from aurora_migration.saved_state where migration = $1 group by kind order by kind
