-- Who holds or waits for something as strong as a writer does on a table that is to be paused. $1: our own pids, $2: the
-- tables as JSON array of {schema, table}. A prepared transaction has no backend: it is told by its name.
select l.pid, case when l.pid is null then coalesce(quote_literal(x.gid), '(see pg_prepared_xacts)') end as prepared, coalesce(a.usename, x.owner, '') as "user", coalesce(a.backend_type, '') as "type",
       coalesce(a.application_name, '') as application, l.mode, format('%I.%I', n.nspname, c.relname) as "table",
       coalesce(extract(epoch from clock_timestamp() - coalesce(a.xact_start, x.prepared))::float8, 0) as seconds
from json_to_recordset($2::json) as t("schema" name, "table" name)
join pg_namespace n on n.nspname = t."schema"
join pg_class c on c.relnamespace = n.oid and c.relname = t."table"
join pg_locks l on l.relation = c.oid
left join pg_stat_activity a on a.pid = l.pid
left join pg_prepared_xacts x on l.pid is null and exists (
  select from pg_locks own
  where own.pid is null and own.locktype = 'transactionid' and own.virtualtransaction = l.virtualtransaction and own.transactionid = x.transaction)
where l.locktype = 'relation' and l.database = (select oid from pg_database where datname = current_database())
  and l.granted and (l.pid is null or not l.pid = any ($1::int[]))
  and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
order by coalesce(a.xact_start, x.prepared) nulls last
limit 20
