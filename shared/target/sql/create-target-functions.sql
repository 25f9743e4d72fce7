-- Installed on the target by its preparation. Each undoes one kind of saved change in the caller's transaction and in one
-- round trip, since they run in the transaction that opens the target.

-- CONNECT on this database, as it is granted now. An empty grantee is PUBLIC.
create or replace function aurora_migration.connect_grants()
returns table (grantor name, grantee name, grantable boolean)
language plpgsql stable set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return query
    select pg_get_userbyid(a.grantor), case when a.grantee = 0 then '' else pg_get_userbyid(a.grantee) end, a.is_grantable
    from pg_database d
    cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
    where d.datname = current_database() and a.privilege_type = 'CONNECT';
end $body$;

create or replace function aurora_migration.saved_grants(saved jsonb)
returns table (grantor name, grantee name, grantable boolean)
language plpgsql immutable set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return query
    select w.grantor, w.grantee, w.grantable from jsonb_to_recordset(saved -> 'grants') as w(grantor name, grantee name, grantable boolean);
end $body$;

-- One GRANT or REVOKE of CONNECT in the name of its grantor: PostgreSQL keeps grants per grantor, and restores must be exact.
create or replace function aurora_migration.change_connect(verb text, grant_giver name, grant_taker name, grantable boolean) returns void
language plpgsql set search_path = pg_catalog as $body$
declare
  acting text := current_setting('role');
  taker text := case when grant_taker = '' then 'public' else quote_ident(grant_taker) end;
begin
  perform set_config('role', grant_giver, true);
  if verb = 'grant' then
    execute format('grant connect on database %I to %s%s', current_database(), taker, case when grantable then ' with grant option' else '' end);
  else
    execute format('revoke connect on database %I from %s cascade', current_database(), taker);
  end if;
  perform set_config('role', acting, true);
end $body$;

-- Puts CONNECT back exactly as it was saved and removes the saved row. Gives false where no guard was raised.
create or replace function aurora_migration.lift_guard(of_migration text) returns boolean
language plpgsql set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  saved jsonb;
  item record;
  restored integer;
begin
  select definition into saved from aurora_migration.saved_state
   where migration = of_migration and kind = 'guard' for update;
  if not found then
    return false;
  end if;
  for item in
    (select * from aurora_migration.connect_grants()) except (select * from aurora_migration.saved_grants(saved))
  loop
    -- A CASCADE may have taken it already; then this changes nothing.
    perform aurora_migration.change_connect('revoke', item.grantor, item.grantee, false);
  end loop;
  loop
    restored := 0;
    for item in
      (select * from aurora_migration.saved_grants(saved)) except (select * from aurora_migration.connect_grants())
    loop
      -- A grantor that is not the owner must have its own grant option back first: another round does it.
      if item.grantor = (select pg_get_userbyid(datdba) from pg_database where datname = current_database())
         or has_database_privilege(item.grantor, current_database(), 'connect with grant option') then
        perform aurora_migration.change_connect('grant', item.grantor, item.grantee, item.grantable);
        restored := restored + 1;
      end if;
    end loop;
    exit when restored = 0;
  end loop;
  if exists ((select * from aurora_migration.saved_grants(saved)) except (select * from aurora_migration.connect_grants()))
     or exists ((select * from aurora_migration.connect_grants()) except (select * from aurora_migration.saved_grants(saved))) then
    raise exception 'CONNECT could not be put back exactly as it was saved' using errcode = 'object_not_in_prerequisite_state';
  end if;
  delete from aurora_migration.saved_state where migration = of_migration and kind = 'guard';
  return true;
end $body$;

-- NOT NULL comes back as a check that is not validated yet: it holds for every new row and costs no scan. Gives how many.
create or replace function aurora_migration.restore_not_null(of_migration text) returns integer
language plpgsql set search_path = pg_catalog as $body$
declare
  item record;
  restored integer := 0;
begin
  for item in
    select s.object, s.definition ->> 'schema' as schema_name, s.definition ->> 'table' as table_name,
           s.definition ->> 'column' as column_name, s.definition ->> 'check' as check_name
    from aurora_migration.saved_state s
    where s.migration = of_migration and s.kind = 'not-null'
    order by s.object
  loop
    if not exists (
      select from pg_constraint c
      where c.conrelid = format('%I.%I', item.schema_name, item.table_name)::regclass and c.conname = item.check_name
    ) then
      execute format('alter table %I.%I add constraint %I check (%I is not null) not valid',
        item.schema_name, item.table_name, item.check_name, item.column_name);
      restored := restored + 1;
    end if;
  end loop;
  return restored;
end $body$;
