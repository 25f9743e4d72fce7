-- Clients still on the old database. $1: users that stay (ours, DMS).
select a.pid, a.usename as "user", a.application_name as application, coalesce(a.client_addr::text, 'local') as address, a.state
from pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
  and a.usename <> all ($1::name[])
order by a.backend_start
