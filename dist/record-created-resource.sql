-- $1 migration, $2 identifier, $3 {kind, arn, side of a slot}. Written before the resource is made (arn null) and again with its ARN.
insert into aurora_migration.saved_state (migration, kind, object, definition) values ($1, 'aws', $2, $3)
on conflict (migration, kind, object) do update set definition = excluded.definition
