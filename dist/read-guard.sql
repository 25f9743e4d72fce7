-- $1: migration. Whether the guard is raised, and who could still connect: neither kept, nor us, nor a superuser.
with guard as (
  select s.definition from aurora_migration.saved_state s where s.migration = $1 and s.kind = 'guard'
)
select
  exists (select from guard) as raised,
  array(
    select r.rolname::text from pg_roles r
    where r.rolcanlogin and not r.rolsuper and r.rolname <> current_user
      and not r.rolname = any (select jsonb_array_elements_text(definition -> 'keep') from guard)
      and has_database_privilege(r.oid, (select oid from pg_database where datname = current_database()), 'connect')
    order by 1
  ) as others
