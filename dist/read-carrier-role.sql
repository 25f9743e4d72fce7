-- $1: DMS's user. Whether its sessions in this database start in replica mode already; a setting for the database wins.
select coalesce((
  select 'session_replication_role=replica' = any (s.setconfig)
  from pg_db_role_setting s
  where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and s.setrole = (select oid from pg_roles where rolname = $1)
    and exists (select from unnest(s.setconfig) as c where c like 'session\_replication\_role=%')
  order by s.setdatabase desc
  limit 1
), false) as "startsReplica"
