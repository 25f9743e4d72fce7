-- $1: what the advisory lock's key is made of. Who holds it, and for how many seconds that session has been idle.
with key as (select hashtextextended($1, 0) as value)
select l.pid, coalesce(a.application_name, '') as application,
       case when a.state = 'idle' then extract(epoch from clock_timestamp() - a.state_change)::float8 else 0 end as "quietSeconds"
from key
join pg_locks l on l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.classid::bigint = (key.value >> 32) & 4294967295 and l.objid::bigint = key.value & 4294967295
  and l.database = (select oid from pg_database where datname = current_database())
left join pg_stat_activity a on a.pid = l.pid
