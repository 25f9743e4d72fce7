-- $1 migration, $2 generation. Whether clients are held still: what was written down last about it was that they are.
select coalesce((
  select j.event = 'pausing-clients' or coalesce(j.detail -> 'left', '[]') <> '[]'
  from aurora_migration.journal j
  where j.migration = $1 and j.generation = $2::bigint and j.event in ('pausing-clients', 'resumed-clients')
  order by j.id desc
  limit 1), false) as held
