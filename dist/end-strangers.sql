-- $1: roles that stay. Signals every other client of this database but ourselves and superusers (which may be the platform's), and tells who
-- is left. Without pg_monitor the type of a session of others is not shown: then it counts as a client. A session that is starting is not
-- listed yet, though it may have passed the check of CONNECT; its lock on the database is: it cannot be ended yet, only waited for.
with stranger as (
  select a.pid, a.usename::text as role, a.application_name as application, false as starting
  from pg_stat_activity a
  join pg_roles r on r.oid = a.usesysid
  where a.datname = current_database() and coalesce(a.backend_type, 'client backend') = 'client backend' and a.pid <> pg_backend_pid()
    and not r.rolsuper and a.usename <> current_user and not a.usename = any ($1::name[])
  union all
  select l.pid, 'not known yet', 'starting', true
  from pg_locks l
  where l.locktype = 'object' and l.classid = 'pg_database'::regclass and l.pid <> pg_backend_pid()
    and l.objid = (select d.oid from pg_database d where d.datname = current_database())
    and not exists (select from pg_stat_activity a where a.pid = l.pid and a.datid is not null)
)
select pid, role, application, case when starting then false else pg_terminate_backend(pid) end as signalled from stranger
