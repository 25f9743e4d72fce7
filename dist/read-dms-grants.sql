-- $1: migration. What DMS's users were given on tables and schemas that are still there, and that they still have.
select s.object, d."schema", d."table", d."user"
from aurora_migration.saved_state s
cross join lateral jsonb_to_record(s.definition) as d("schema" name, "table" name, "user" name)
where s.migration = $1 and s.kind = 'dms-grant'
order by d."table" is null, s.object collate "C"
