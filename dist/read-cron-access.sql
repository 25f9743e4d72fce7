-- Is pg_cron here, and does its row security hide jobs of others from this login?
select c.oid is not null as present,
       c.oid is not null and has_table_privilege(c.oid, 'select') and not row_security_active(c.oid) as "seesAll"
from (select to_regclass('cron.job')::oid as oid) as c
