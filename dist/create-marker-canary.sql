-- On the target: an ordinary trigger on a marker table. Where it fires for a replicated marker, DMS does not apply
-- in replica mode, and the application's own triggers and foreign keys fire twice.
create table if not exists aurora_migration.canary (
  marker_table name not null,
  marker uuid not null,
  fired_at timestamptz not null default clock_timestamp()
);

create or replace function aurora_migration.canary_fired() returns trigger
language plpgsql security definer set search_path = pg_catalog as $body$
begin
  insert into aurora_migration.canary (marker_table, marker) values (tg_table_name, new.id);
  return new;
end $body$;

create or replace function aurora_migration.create_marker_canary(marker_table name) returns void
language plpgsql set search_path = pg_catalog as $body$
begin
  -- CREATE OR REPLACE TRIGGER is only known since PostgreSQL 14.
  if not exists (select from pg_trigger where tgrelid = format('aurora_migration_markers.%I', marker_table)::regclass and tgname = 'aurora_migration_canary') then
    execute format(
      'create trigger aurora_migration_canary after insert on aurora_migration_markers.%I
         for each row execute function aurora_migration.canary_fired()', marker_table);
  end if;
end $body$;
