-- $1: DMS's user. Who is logged in with it, replication connections included.
select count(*)::integer as count,
       count(distinct coalesce(a.client_addr::text, 'local'))::integer as addresses,
       coalesce(array_agg(distinct a.application_name) filter (where a.application_name is not null), '{}') as applications
from pg_stat_activity a
where a.usename = $1::name and a.pid <> pg_backend_pid()
