-- Servers that sessions of this one can reach, with the local users that have a login there.
select s.srvname as name, w.fdwname as wrapper,
       array(select coalesce(nullif(u.usename::text, ''), 'public') from pg_user_mappings u where u.srvid = s.oid order by 1) as users
from pg_foreign_server s
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
order by s.srvname collate "C"
