-- $1: migration. Indexes that wait to be made again, with what is there of each; the largest tables first.
select s.object, d."schema", d."table", d.name, d.definition, d.partitioned, d."parentSchema", d."parentName", d.clustered, d.comment,
       x.indexrelid is not null as present,
       exists (select from pg_inherits h where h.inhrelid = x.indexrelid) as attached
from aurora_migration.saved_state s
cross join lateral jsonb_to_record(s.definition) as d("schema" name, "table" name, name name, definition text, partitioned boolean,
  "parentSchema" name, "parentName" name, clustered boolean, comment text)
left join pg_index x on x.indexrelid = to_regclass(format('%I.%I', d."schema", d.name))
where s.migration = $1 and s.kind = 'index'
order by pg_relation_size(to_regclass(format('%I.%I', d."schema", d."table"))) desc nulls last, s.object collate "C"
