-- The role in whose name this login may drop slots: its own, or one that it is a member of, such as the one with which DMS reads.
-- Dropping needs REPLICATION; on RDS rds_replication stands for it.
select r.rolname::text as role
from pg_roles r
where pg_has_role(current_user, r.oid, 'member')
  and (r.rolreplication or r.rolsuper
       or exists (select from pg_roles p where p.rolname = 'rds_replication' and pg_has_role(r.oid, p.oid, 'usage')))
order by r.rolname <> current_user, r.rolsuper, r.rolname
limit 1
