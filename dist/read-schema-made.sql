-- $1: migration. What the journal says of the last making of the schema.
select j.detail ->> 'made' as made from aurora_migration.journal j
where j.migration = $1 and j.event = 'schema-made' order by j.id desc limit 1
