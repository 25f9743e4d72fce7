-- $1: migration, $2: kind, $3: JSON array of {object, definition}. What is saved already stays: it is the older truth.
insert into aurora_migration.saved_state (migration, kind, object, definition)
select $1, $2, w.object, w.definition from jsonb_to_recordset($3::jsonb) as w(object text, definition jsonb)
on conflict (migration, kind, object) do nothing
