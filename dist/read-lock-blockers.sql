-- Who holds or waits for something stronger than a writer does on a table that is to be paused. $1: our own pids.
select l.pid, coalesce(a.usename, '') as "user", coalesce(a.backend_type, '') as "type", coalesce(a.application_name, '') as application,
       l.mode, n.nspname || '.' || c.relname as "table", coalesce(extract(epoch from clock_timestamp() - a.xact_start)::float8, 0) as seconds
from pg_locks l
join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.database = (select oid from pg_database where datname = current_database())
  and l.granted and not l.pid = any ($1::int[]) and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
order by a.xact_start nulls last
limit 20
