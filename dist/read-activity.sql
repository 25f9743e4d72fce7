-- Transactions that have written, of the whole server: the creation of a slot waits for each of them.
select
  (select coalesce(json_agg(json_build_object('pid', a.pid, 'role', a.usename, 'application', a.application_name,
     'seconds', round(extract(epoch from clock_timestamp() - a.xact_start))) order by a.xact_start), '[]')
   from pg_stat_activity a
   where a.backend_xid is not null and a.xact_start < clock_timestamp() - interval '60 seconds' and a.pid <> pg_backend_pid()) as transactions,
  (select coalesce(json_agg(json_build_object('name', p.gid, 'owner', p.owner,
     'seconds', round(extract(epoch from clock_timestamp() - p.prepared))) order by p.prepared), '[]')
   from pg_prepared_xacts p) as prepared,
  (select coalesce(json_agg(json_build_object('role', s.usename, 'application', s.application_name, 'count', s.sessions) order by s.usename, s.application_name), '[]')
   from (select a.usename, a.application_name, count(*)::integer as sessions
         from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
         where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
           and not r.rolsuper and a.usename <> current_user
         group by 1, 2) as s) as sessions
