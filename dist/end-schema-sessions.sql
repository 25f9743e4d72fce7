-- $1: application_name. Ends the sessions of this database that have it, as far as we may, and tells which were there.
select a.pid, case when pg_has_role(a.usesysid, 'usage') then pg_terminate_backend(a.pid) else false end as signalled
from pg_stat_activity a
where a.datname = current_database() and a.application_name = $1 and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
