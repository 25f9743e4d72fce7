-- $1: migration. What the migration itself has changed on this side and not put back yet, as its control schema says.
select s.kind, s.object, s.definition::text as definition
from aurora_migration.saved_state s
where s.migration = $1 and s.kind in ('guard', 'trigger', 'foreign-key', 'index', 'not-null', 'post-data', 'dms-grant', 'fence')
order by s.kind, s.object collate "C"
