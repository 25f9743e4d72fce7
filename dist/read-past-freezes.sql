-- $1 migration. What earlier runs of the cutover measured on this very source, newest first.
select j.event, j.detail::text as detail, floor(extract(epoch from j.at) * 1000)::float8 as at
from aurora_migration.journal j
where j.migration = $1 and j.event in ('pausing', 'aborted', 'finished')
order by j.id desc
limit 30
