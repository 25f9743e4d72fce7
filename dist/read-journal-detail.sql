-- $1 migration, $2 generation, $3 event: the last line of that kind.
select j.detail::text as detail from aurora_migration.journal j
where j.migration = $1 and j.generation = $2::bigint and j.event = $3
order by j.id desc
limit 1
