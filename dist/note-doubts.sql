-- $1 migration, $2 [{kind, schema, table, mark}]. What is in doubt already keeps the time at which it was first seen: a
-- table as long as its file is the same, a backlog as long as it does not grow.
insert into aurora_migration.doubt as known (migration, kind, object, mark)
select $1, d.kind, format('%I.%I', d.schema, d."table"), d.mark
from json_to_recordset($2::json) as d (kind text, schema text, "table" text, mark text)
on conflict (migration, kind, object) do update
  set mark = excluded.mark, seen_at = clock_timestamp()
  where case known.kind when 'backlog' then excluded.mark::numeric > known.mark::numeric
        else excluded.mark <> known.mark end
