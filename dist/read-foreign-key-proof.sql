-- $1: migration. Whether the foreign keys were proved since the tables were last emptied for a load.
select exists (
  select from aurora_migration.journal j
  where j.migration = $1 and j.event = 'foreign-keys-proved'
    and j.id > coalesce((select max(e.id) from aurora_migration.journal e where e.migration = $1 and e.event = 'changed' and e.detail ->> 'title' like 'empty %'), 0)
) as proved
