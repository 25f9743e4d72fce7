-- $1: relation oids. The application's triggers; those of constraints and of the migration are left out.
select
  t.tgrelid::text as oid,
  t.tgname as name,
  t.tgenabled as enabled
from pg_trigger t
where t.tgrelid = any ($1::oid[]) and not t.tgisinternal and t.tgname !~ '^aurora_migration_'
order by t.tgrelid, t.tgname collate "C"
