-- Clients at work, without those whose process ids $1 names.
select count(*)::int as active
from pg_stat_activity
where backend_type = 'client backend' and state = 'active' and pid <> pg_backend_pid() and pid <> all ($1::int[])
