-- ALTER DATABASE SET, ALTER ROLE SET, and both together, as far as they reach this database. What is the application's own may be secret.
select s.setdatabase <> 0 as "inDatabase", r.rolname as role, split_part(line, '=', 1) as name,
       case when split_part(line, '=', 1) ~ '\.' then 'md5 ' || md5(line) else substr(line, strpos(line, '=') + 1) end as value
from pg_db_role_setting s
left join pg_roles r on r.oid = s.setrole
cross join lateral unnest(s.setconfig) as line
where s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
  and (s.setrole = 0 or r.oid is not null)
order by r.rolname collate "C" nulls first, s.setdatabase <> 0, split_part(line, '=', 1) collate "C"
