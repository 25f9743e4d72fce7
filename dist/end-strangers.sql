-- $1: roles that stay. Signals every other client of this database but ourselves and superusers (which may be the platform's), and tells who is left.
with stranger as (
  select a.pid, a.usename::text as role, a.application_name as application
  from pg_stat_activity a
  join pg_roles r on r.oid = a.usesysid
  where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
    and not r.rolsuper and a.usename <> current_user and not a.usename = any ($1::name[])
)
select pid, role, application, pg_terminate_backend(pid) as signalled from stranger
