insert into aurora_migration.compared_part (comparison, part, finished) values ($1::uuid, $2, $3)
on conflict (comparison, part) do update set finished = excluded.finished
