-- Installed on the database that is entered (its slots are made and advanced) and on the one that is left (its slots are
-- dropped). PostgreSQL lets only roles with REPLICATION touch slots; the migration's login is one, or may become DMS's.

create or replace function aurora_migration.replicating_role() returns name
language plpgsql stable set search_path = pg_catalog as $body$
declare
  found_role name;
begin
  select r.rolname into found_role
  from pg_roles r
  where pg_has_role(current_user, r.oid, 'member')
    and (r.rolreplication or r.rolsuper
         or exists (select from pg_roles p where p.rolname = 'rds_replication' and pg_has_role(r.oid, p.oid, 'usage')))
  order by r.rolname <> current_user, r.rolsuper, r.rolname
  limit 1;
  if not found then
    raise exception 'replication slots cannot be made or advanced by %', current_user
      using errcode = 'insufficient_privilege', hint = 'GRANT the user with which DMS reads here TO the migration''s login.';
  end if;
  return found_role;
end $body$;

-- Moves slots to the end of the log: what was committed up to now is not decoded any more; a transaction that is still open
-- is, whole. Milliseconds. Nothing that must not be carried back may be open, or come after it.
create or replace function aurora_migration.advance_slots(wanted name[]) returns void
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  acting text := current_setting('role');
  slot name;
begin
  if wanted = '{}' then
    return;
  end if;
  perform set_config('role', aurora_migration.replicating_role(), true);
  foreach slot in array wanted loop
    perform pg_replication_slot_advance(slot, pg_current_wal_flush_lsn());
  end loop;
  perform set_config('role', acting, true);
end $body$;

-- Drops those of the slots that are there. Gives the ones that somebody still reads.
create or replace function aurora_migration.drop_slots(wanted name[]) returns name[]
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  acting text := current_setting('role');
  busy name[] := '{}';
  slot name;
begin
  perform set_config('role', aurora_migration.replicating_role(), true);
  for slot in select s.slot_name from pg_replication_slots s where s.slot_name = any (wanted) order by 1 loop
    begin
      perform pg_drop_replication_slot(slot);
    exception
      when object_in_use then
        busy := busy || slot;
      when undefined_object then
        null;
    end;
  end loop;
  perform set_config('role', acting, true);
  return busy;
end $body$;
