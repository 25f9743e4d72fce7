-- $1 migration, $2 identifier, $3 ARN. For a resource that was about to be made when the run ended: it is there, so it was made.
update aurora_migration.saved_state set definition = jsonb_set(definition, '{arn}', to_jsonb($3::text))
where migration = $1 and kind = 'aws' and object = $2 and definition ->> 'arn' is null
